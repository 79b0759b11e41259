//! The commands, a file each: `Args`, and `run`.

pub mod bless;
pub mod editing;
pub mod report;
pub mod test;
pub mod tighten;
