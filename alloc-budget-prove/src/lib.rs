//! Can this function reach the allocator, in the binary that you ship?

pub mod decode;
mod error;
pub mod functions;
pub mod image;
pub mod landing;

pub use error::{Error, Result};
