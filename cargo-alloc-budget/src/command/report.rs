//! `report`: an earlier run's report, in another format.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::cli::Selection;
use crate::config::Config;
use crate::format::{self, Context, Format};
use crate::report::Report;
use crate::report::verdict::Verdict;
use crate::workspace::Workspace;

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
    let workspace = find(args.manifest_path.as_deref());
    let report = match (&args.report, &workspace) {
        (Some(path), _) => Report::read(path)?,
        (None, Ok(workspace)) => last(workspace)?,
        (None, Err(_)) => return workspace.map(|_| Verdict::FINE),
    };
    let config = match &workspace {
        Ok(workspace) => Config::read(workspace.root())?,
        Err(_) => Config::default(),
    };
    let context = Context { all: args.all, ..Context::new(&config) };
    format::print(&report, args.format, &context, args.output.as_deref())?;
    Ok(Verdict::FINE)
}

/// The workspace that this folder is in, without a network.
///
/// # Errors
/// There is none.
pub fn find(manifest_path: Option<&Path>) -> Result<Workspace> {
    Workspace::find(&Selection {
        manifest_path: manifest_path.map(Path::to_owned),
        offline: true,
        ..Selection::default()
    })
}

/// The report of the last run.
///
/// # Errors
/// There was none.
pub fn last(workspace: &Workspace) -> Result<Report> {
    Report::read(&workspace.last_report())
        .context("there is no report of an earlier run: `cargo alloc-budget test` makes one")
}
