//! Edits of the sources: what is to be changed, and the writing of it.

pub mod change;
