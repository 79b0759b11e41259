//! `doctor`: does each test program count, and can the gate go red?

mod args;
mod programs;
mod prove;

use anyhow::Result;

pub use args::Args;

use crate::report::verdict::Verdict;

/// # Errors
/// The tests can't be built or run.
pub fn run(args: &Args) -> Result<Verdict> {
    match args.prove_gate.as_deref() {
        Some(budget) => prove::run(args, Some(budget).filter(|budget| !budget.is_empty())),
        None => programs::run(args),
    }
}
