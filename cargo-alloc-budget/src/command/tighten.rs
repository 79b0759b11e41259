//! `tighten`: takes back what the tests don't need.

use anyhow::Result;

use crate::command::editing::{Editing, failed, nothing_recorded, only};
use crate::config::Config;
use crate::edit::plan::is_empty;
use crate::edit::tighten::{hindrances, tighten};
use crate::report::verdict::Verdict;
use crate::selection::{Running, Selection};
use crate::workspace::Workspace;

/// Lowers generous budgets to what the tests need
///
/// It runs all tests, and twice: what varies from run to run stays as it is. After a run that is
/// not complete it lowers nothing.
#[derive(Debug, Clone, clap::Args)]
#[command(after_long_help = "\
Examples:
  cargo alloc-budget tighten --workspace
      Runs all tests twice, and lowers each budget to its worst call.
  cargo alloc-budget tighten --workspace --runs 5 --dry-run
      Shows what it would change after five runs.
  cargo alloc-budget tighten --report linux.json --report windows.json
      Uses what other machines have run: what one of them needs is not lowered.

Exit codes:
  0  every generous budget is lowered, or it is said why not
  1  a source can't be read or written
  2  the arguments are wrong
  5  nothing was recorded, or the run was not complete: nothing is lowered
  otherwise the runner's: the tests failed, and nothing is lowered")]
pub struct Args {
    #[command(flatten)]
    pub editing: Editing,
    #[command(flatten)]
    pub selection: Selection,
    #[command(flatten)]
    pub running: Running,
}

/// # Errors
/// The tests can't be run, or a source not be written.
pub fn run(args: &Args) -> Result<Verdict> {
    let workspace = Workspace::find(&args.selection)?;
    let only = only(&args.selection.package, &workspace)?;
    let config = Config::read(workspace.root())?;
    let running = Running {
        runs: args.running.runs.or(Some(2)),
        runner: args.running.runner.or(config.runner),
        ..args.running.clone()
    };
    let reports = args.editing.reports(&args.selection, &running, &workspace)?;
    if is_empty(&reports) {
        nothing_recorded(&reports);
        return Ok(Verdict::INCOMPLETE);
    }
    let hindrances = hindrances(&reports, &config.lanes);
    if !hindrances.is_empty() {
        anstream::eprintln!("nothing is lowered, as the run does not show what the tests need at worst:");
        for why in &hindrances {
            anstream::eprintln!("  {why}");
        }
        return Ok(failed(&reports).unwrap_or(Verdict::INCOMPLETE));
    }
    let plan = tighten(&reports, &only, &workspace);
    if plan.edits.is_empty() && plan.refused.is_empty() {
        anstream::eprintln!("no budget is generous: there is nothing to do");
    }
    args.editing.carry_out(&plan)?;
    Ok(failed(&reports).unwrap_or(Verdict::FINE))
}
