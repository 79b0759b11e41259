//! Can this function reach the allocator, in the binary that you ship?
//!
//! [`prove`] reads a linked x86-64 ELF file and follows all code that its [subjects](Subject) can
//! run. A subject is proven if everything on the way was understood and no allocation is among it.
//! What is not understood keeps it from being proven, with its [reason](Cause).
//!
//! ```no_run
//! use alloc_budget_prove::{Options, Promise, Subject, functions, prove};
//!
//! let file = std::fs::read("target/release/player")?;
//! let all = functions(&file)?;
//! let is_mix = |(name, _): &(String, _)| name == "player::mix";
//! let (name, address) = all.into_iter().find(is_mix).expect("it has code");
//! let address = Some(address);
//! let mix = Subject { name, address, promise: Promise::NoAllocation, assume: Vec::new() };
//! for finding in prove(&file, &[mix], &Options::default())?.findings {
//!     println!("{} {}", finding.verdict, finding.subject.name);
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Why it can be believed
//!
//! - Control is followed from the subject's entry, wherever it goes: instruction by instruction,
//!   past a function's end, into another one's middle, and to each landing pad that ends a panic.
//! - Each call and jump has one target, a complete set of them, or none that is known. In the last
//!   case the subject is unproven.
//! - A function of another file is listed, by its name, version and library, with what it does. One
//!   that is not is unproven.
//! - A function that allocates is known by its name, and its code may not be entered in any other
//!   way.
//!
//! So if an allocation ran, the first instruction outside of what was followed would have been
//! reached from one inside. But each one inside goes to where it was followed.
//!
//! The [assumptions](ASSUMPTIONS) that this rests on belong into each report.
//!
//! # The rooms
//!
//! | step | room |
//! | --- | --- |
//! | the file as the loader lays it out | `image`, `relocations` |
//! | where functions begin, what they are called, where panics end | `functions`, `landing` |
//! | promises that a proving build has left, and marks in their code | `records` |
//! | names that say what a function does | `roles`, `externals`, `allocator` |
//! | instructions, and the straight pieces between jumps | `instruction`, `decode`, `blocks` |
//! | calls that never come back | `returns` |
//! | what registers and the own stack hold | `values`, `state`, `tables` |
//! | function pointers that the program writes to | `globals`, `liveness` |
//! | one function: all calls that it may make | `walk` |
//! | from function to function, to a verdict | `reach` |
//! | lines of the source | `debug` |

mod allocator;
mod assumptions;
mod blocks;
mod debug;
mod decode;
mod error;
mod externals;
mod functions;
mod globals;
mod image;
mod instruction;
mod landing;
mod liveness;
mod program;
mod proof;
mod reach;
mod records;
mod relocations;
mod returns;
mod roles;
mod state;
mod tables;
mod values;
mod walk;

pub use assumptions::ASSUMPTIONS;
pub use error::{Error, Result};
pub use image::Address;
pub use proof::{Allocator, Cause, Finding, Link, Options, Place, Promise, Proof, Seen, Subject, Verdict};
pub use records::{Record, records};

use debug::{DebugInfo, Places};
use program::Program;
use reach::{Outcome, Reach};

/// Tells of each subject whether it keeps its promise in a linked file: `bytes` are all of the
/// file's.
///
/// # Errors
/// The file can't be analysed: it is none for x86-64 ELF, damaged, or stripped. Or there is no
/// subject: a run that checks nothing is none.
pub fn prove(bytes: &[u8], subjects: &[Subject], options: &Options) -> Result<Proof> {
    if subjects.is_empty() {
        return Err(Error::new("there is nothing to prove: no function is named"));
    }
    let program = Program::read(bytes)?;
    let debug = DebugInfo::of(&program.image)?;
    let places = Places::of(&debug)?;
    let known = debug.allocators()?;
    let allocator = allocator::allocator(&program, known, options);
    let reach = Reach::new(&program, &allocator, &options.allocator_code);
    let findings = subjects.iter().map(|subject| find(&program, &reach, &places, subject)).collect();
    let followed = reach.followed();
    let seen =
        Seen { functions: program.functions.all().len(), followed, allocator, has_lines: known.has_any };
    Ok(Proof { findings, seen })
}

/// The functions of a file that have a name, for those who ask of all of them: names, and where
/// they begin.
///
/// # Errors
/// As [`prove`].
pub fn functions(bytes: &[u8]) -> Result<Vec<(String, Address)>> {
    let program = Program::read(bytes)?;
    let named = program
        .functions
        .all()
        .iter()
        .filter_map(|function| Some((function.name()?.to_owned(), function.range.start)));
    Ok(named.collect())
}

fn find(program: &Program<'_>, reach: &Reach<'_, '_>, places: &Places<'_>, subject: &Subject) -> Finding {
    let outcome = match subject.address {
        None => Outcome::without_search(Verdict::NoCode, None),
        Some(address) => match program.functions.around(address) {
            Some(function) if !function.is_part => reach.search(function.range.start, subject),
            // A part of a function is not all of it.
            Some(_) => Outcome::not_understood("only a part of the function is known here"),
            None => Outcome::not_understood("no function is known at its address"),
        },
    };
    let name = |entry| program.functions.at(entry).and_then(|function| function.name()).map(str::to_owned);
    let link = |(entry, address)| Link { function: name(entry), address, places: places.at(address) };
    Finding {
        subject: subject.clone(),
        verdict: outcome.verdict,
        chain: outcome.chain.into_iter().map(link).collect(),
        cause: outcome.cause,
        more_causes: outcome.more_causes,
        assumed: outcome.assumed,
    }
}
