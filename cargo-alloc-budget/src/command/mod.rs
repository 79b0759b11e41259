//! The commands, a file each: `Args`, and `run`.

pub mod baseline;
pub mod bless;
pub mod check;
pub mod completions;
pub mod doctor;
pub mod editing;
pub mod editor;
mod fresh;
pub mod man;
pub mod merge;
pub mod prove;
pub mod report;
mod saved;
pub mod survey;
pub mod test;
pub mod tighten;
