//! The sources: where their budgets are, and what is written there.

pub mod allocator;
pub mod args;
mod attach;
pub mod attributes;
pub(crate) mod cfg;
mod compiled;
pub mod file;
pub(crate) mod follow;
pub mod literal;
pub mod text;
mod tokens;
pub mod walk;
pub mod written;

pub use attach::attach;
