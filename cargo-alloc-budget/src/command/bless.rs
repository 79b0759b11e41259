//! `bless`: accepts what the tests need.

use anyhow::Result;

use crate::command::editing::{Editing, failed, nothing_recorded, only};
use crate::config::Config;
use crate::edit::bless::bless;
use crate::edit::plan::is_empty;
use crate::report::budget::Limit;
use crate::report::verdict::Verdict;
use crate::selection::{Running, Selection};
use crate::workspace::Workspace;

/// Raises exceeded budgets to what the tests need, and replaces `measure` by limits
///
/// The tests run to their end, whatever they exceed, so the worst is known and not only the first.
/// Only numbers are edited: of a limit that is an expression, it says what to write.
#[derive(Debug, Clone, clap::Args)]
#[command(after_long_help = "\
Examples:
  cargo alloc-budget bless
      Runs the tests, and raises each budget that they exceed.
  cargo alloc-budget bless -p codec --dry-run
      Shows what it would change in the package `codec`.
  cargo alloc-budget bless --limits max,max_bytes
      Replaces `measure` by `max = …, max_bytes = …`.
  cargo alloc-budget bless --report report.json --review
      Asks about each budget that an earlier run has exceeded.

Exit codes:
  0  no budget is exceeded now, as far as the tests were run
  1  a source can't be read or written
  2  the arguments are wrong
  3  a budget is exceeded that has to be changed by hand
  5  nothing was recorded
  otherwise the runner's: the tests failed for other reasons")]
pub struct Args {
    #[command(flatten)]
    pub editing: Editing,
    /// What is put in the place of `measure`
    #[arg(long, value_name = "LIMITS", value_delimiter = ',', value_parser = limit, default_value = "max")]
    pub limits: Vec<Limit>,
    #[command(flatten)]
    pub selection: Selection,
    #[command(flatten)]
    pub running: Running,
}

fn limit(text: &str) -> Result<Limit, String> {
    let known = Limit::ALL.map(Limit::argument).join(", ");
    let found = Limit::ALL.into_iter().find(|limit| limit.argument() == text);
    found.ok_or_else(|| format!("a limit is one of {known}"))
}

/// # Errors
/// The tests can't be run, or a source not be written.
pub fn run(args: &Args) -> Result<Verdict> {
    let workspace = Workspace::find(&args.selection)?;
    let only = only(&args.selection.package, &workspace)?;
    let config = Config::read(workspace.root())?;
    let running = Running { runner: args.running.runner.or(config.runner), ..args.running.clone() };
    let reports = args.editing.reports(&args.selection, &running, &workspace)?;
    if is_empty(&reports) {
        nothing_recorded(&reports);
        return Ok(Verdict::INCOMPLETE);
    }
    let plan = bless(&reports, &args.limits, &only, &workspace);
    if plan.edits.is_empty() && plan.refused.is_empty() {
        anstream::eprintln!("no budget is exceeded, and none only measures: there is nothing to do");
    }
    args.editing.carry_out(&plan)?;
    let rest = if plan.refused.is_empty() { Verdict::FINE } else { Verdict::EXCEEDED };
    Ok(failed(&reports).unwrap_or(rest))
}
