//! `test`: runs the tests, and shows what they did with their budgets.

use std::time::SystemTime;

use anyhow::Result;

use super::fresh;
use crate::config::Config;
use crate::format::{self, Context, Format};
use crate::report::verdict::{Verdict, What};
use crate::run::{self, nothing};
use crate::selection::{Running, Selection};
use crate::source;
use crate::workspace::Workspace;

/// Runs the tests, and shows every budget that needs attention
///
/// Builds as `cargo test` does, without a second build, and runs the tests as you are used to:
/// their output and what they panic with stay as they are. Behind it comes the table of budgets.
#[derive(Debug, Clone, clap::Args)]
#[command(after_long_help = "\
Examples:
  cargo alloc-budget test --workspace
      Tests all packages.
  cargo alloc-budget test -p codec --all
      Shows all budgets that the tests of a package call, also those that are well.
  cargo alloc-budget test --runner nextest --shard 2/4
      Runs the second of four parts; `merge` puts the reports together.

The report is saved in the target folder, for `report`, `check --report` and `baseline save`.

Exit codes:
  0    every budget was kept
  1    the tool's own error
  2    the arguments are wrong
  3    a budget was exceeded, and no test expects that
  5    no budget was recorded
  101  and others of cargo or nextest: the build or tests failed, for another reason than a budget")]
pub struct Args {
    #[command(flatten)]
    pub selection: Selection,
    #[command(flatten)]
    pub running: Running,
    /// How to write the report
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub format: Format,
    /// Show every budget, not only those that need attention
    #[arg(long)]
    pub all: bool,
    /// Write the report to this file, as JSON
    #[arg(long, value_name = "FILE")]
    pub out: Option<std::path::PathBuf>,
}

/// # Errors
/// The tests can't be built or run, or the report can't be written.
pub fn run(args: &Args) -> Result<Verdict> {
    let began = SystemTime::now();
    let workspace = Workspace::find(&args.selection)?;
    let config = Config::read(workspace.root())?;
    let mut report = run::run(&args.selection, &args.running, fresh::tested(args.format))?;
    source::attach(&mut report, &workspace, began);
    report.write(&workspace.last_report())?;
    if let Some(path) = &args.out {
        report.write(path)?;
    }
    let context = Context { all: args.all, ..Context::new(&config) };
    format::print(&report, args.format, &context, None)?;
    if report.verdict.what == What::Incomplete {
        nothing::explain(&report, &workspace);
    }
    Ok(report.verdict)
}
