//! Can this function reach the allocator, in the binary that you ship?
//!
//! [`prove`] reads a linked x86-64 ELF file and follows all code that its [subjects](Subject) can run. A subject is proven if
//! everything on the way was understood and no allocation is among it. What is not understood keeps it from being proven.

pub mod decode;
mod error;
pub mod functions;
pub mod image;
pub mod landing;
mod proof;

pub use error::{Error, Result};
pub use proof::{Allocator, Cause, Finding, Link, Options, Place, Promise, Proof, Seen, Subject, Verdict};

/// Tells of each subject whether it keeps its promise in a linked file: `bytes` are all of the file's.
///
/// # Errors
/// The file can't be analysed: it is none for x86-64 ELF, damaged, or stripped. Or there is no subject: a run that checks
/// nothing is none.
pub fn prove(bytes: &[u8], subjects: &[Subject], options: &Options) -> Result<Proof> {
    let image = image::Image::read(bytes)?;
    let functions = functions::Functions::of(&image)?;
    landing::LandingPads::of(&image, &functions)?;
    let _ = options;
    if subjects.is_empty() {
        return Err(Error::new("there is nothing to prove: no function is named"));
    }
    Err(Error::new("nothing can be proven yet"))
}
