//! Edits of the sources: what is to be changed, and the writing of it.

pub mod bless;
pub mod change;
pub mod offer;
pub mod plan;
pub mod sources;
pub mod tighten;
pub mod write;
