//! Which functions of a code base should have a budget, and of how much.

pub mod copy;
pub mod insert;
pub mod manifests;
