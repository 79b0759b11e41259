//! The commands, a file each: `Args`, and `run`.

pub mod report;
pub mod survey;
