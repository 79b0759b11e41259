//! The arguments of `doctor`.

use crate::selection::{Running, Selection};

/// Says of each test program whether it counts, and shows that the gate can go red
///
/// A gate that can't fail looks like one that never has to. Without `--prove-gate`, doctor runs the
/// tests and says of each test program whether allocations are counted in it, and what to write
/// where they are not. With it, doctor adds one phantom allocation to a budget, and shows that the
/// run fails.
#[derive(Debug, Clone, clap::Args)]
#[command(after_long_help = "\
Examples:
  cargo alloc-budget doctor --workspace
      Looks at all test programs.
  cargo alloc-budget doctor --prove-gate
      Makes a budget that has no room fail, and says which one.
  cargo alloc-budget doctor --prove-gate codec::Encoder::frame
      Takes this budget.

Exit codes:
  0  every test program that calls budgets counts; with --prove-gate: the gate went red
  1  the tool's own error; with --prove-gate: the gate did not go red, and why
  2  the arguments are wrong
  5  a test program calls budgets and doesn't count, or none calls any")]
pub struct Args {
    #[command(flatten)]
    pub selection: Selection,
    #[command(flatten)]
    pub running: Running,
    /// Add one phantom allocation to this budget, or to one that has no room, and see the run fail
    #[arg(long, value_name = "BUDGET", num_args = 0..=1, default_missing_value = "")]
    pub prove_gate: Option<String>,
}
