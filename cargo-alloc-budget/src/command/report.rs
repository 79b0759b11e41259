//! `report`: an earlier run's report, in another format.

use std::path::PathBuf;

use anyhow::Result;

use super::saved;
use crate::config::Config;
use crate::format::{self, By, Context, Format};
use crate::report::Report;
use crate::report::verdict::Verdict;

/// Shows the report of an earlier run, in any format
///
/// Reads what the last `cargo alloc-budget test` has saved, or a file, and runs nothing.
#[derive(Debug, Clone, clap::Args)]
#[command(after_long_help = "\
Examples:
  cargo alloc-budget report --all
      Shows every budget of the last run.
  cargo alloc-budget report --format md >> \"$GITHUB_STEP_SUMMARY\"
      Writes the last run's report as Markdown.
  cargo alloc-budget report --format svg --by allocations -o allocations.svg
      Draws a flame graph of the last run, if that was one with `--sites`; and writes
      `allocations.folded` beside it.
  cargo alloc-budget report --report report.json --format sarif -o budgets.sarif
      Makes SARIF of a report.

Exit codes:
  0  the report was written, whatever it says; `check` is the command that fails
  1  it can't be read or written
  2  the arguments are wrong")]
pub struct Args {
    /// The report; by default that of the last run
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,
    /// How to write it
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub format: Format,
    /// Compare with this baseline, in Markdown and flame graphs: a name that `baseline save` was
    /// given, or a file
    #[arg(long, value_name = "NAME|FILE")]
    pub baseline: Option<String>,
    /// Go on without a baseline if there is none
    #[arg(long, requires = "baseline")]
    pub allow_missing_baseline: bool,
    /// What the widths of flame graphs and folded stacks are
    #[arg(long, value_enum, default_value_t = By::Bytes)]
    pub by: By,
    /// Only the stacks of this budget, by its path. Else a budget that calls another one has the
    /// stacks of both
    #[arg(long, value_name = "PATH")]
    pub budget: Option<String>,
    /// Show every budget, not only those that need attention
    #[arg(long)]
    pub all: bool,
    /// Write to this file
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// The path of Cargo.toml
    #[arg(long, value_name = "FILE")]
    pub manifest_path: Option<PathBuf>,
}

/// # Errors
/// The report can't be read, or not be written.
pub fn run(args: &Args) -> Result<Verdict> {
    let workspace = saved::workspace(args.manifest_path.as_deref());
    let report = match (&args.report, &workspace) {
        (Some(path), _) => Report::read(path)?,
        (None, Ok(workspace)) => saved::last(workspace)?,
        (None, Err(_)) => return workspace.map(|_| Verdict::FINE),
    };
    let config = match &workspace {
        Ok(workspace) => Config::read(workspace.root())?,
        Err(_) => Config::default(),
    };
    let before = match &args.baseline {
        Some(baseline) => saved::baseline(baseline, args.allow_missing_baseline, workspace.as_ref().ok())?,
        None => None,
    };
    let context = Context {
        all: args.all,
        baseline: before.as_ref(),
        by: args.by,
        budget: args.budget.as_deref(),
        workspace: workspace.as_ref().ok(),
        ..Context::new(&config)
    };
    format::print(&report, args.format, &context, args.output.as_deref())?;
    if let (Format::Svg, Some(path)) = (args.format, &args.output) {
        // Other tools make other graphs of it.
        format::print(&report, Format::Folded, &context, Some(&path.with_extension("folded")))?;
    }
    Ok(Verdict::FINE)
}
