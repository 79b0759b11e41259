//! The sources: where their budgets are, and what is written there.

pub mod args;
pub mod attributes;
pub mod file;
pub mod literal;
pub mod text;
mod tokens;
pub mod walk;
