//! Proofs of linked programs: built, judged by `alloc-budget-prove`, and written.

pub mod build;
pub mod github;
pub mod judge;
pub mod places;
pub mod proof;
pub mod text;
