//! `editor`: the last run's findings among the compiler's, for rust-analyzer.

use std::ffi::OsString;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result};

use super::saved;
use crate::config::Config;
use crate::format::{self, Context, Format};
use crate::report::verdict::Verdict;

/// Runs your check command, and adds the last run's findings to its messages
///
/// For rust-analyzer's `check.overrideCommand`. The command's output and exit code stay as they
/// are. Behind its messages come those of the last `cargo alloc-budget test`, with the new limit as
/// a quick fix; tests are not run. What is about a file that has changed since that run is left
/// out.
#[derive(Debug, Clone, clap::Args)]
#[command(after_long_help = "\
Example, in the editor's settings:
  \"rust-analyzer.check.overrideCommand\": [
    \"cargo\", \"alloc-budget\", \"editor\", \"--\",
    \"clippy\", \"--workspace\", \"--all-targets\", \"--message-format=json\"
  ]

Exit codes:
  Those of the command; 1 if it can't be started.")]
pub struct Args {
    /// Cargo's command, with `--message-format=json`
    #[arg(last = true, required = true, value_name = "COMMAND")]
    pub command: Vec<OsString>,
}

/// # Errors
/// The command can't be started.
pub fn run(args: &Args) -> Result<Verdict> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    // Its own stdout: every byte arrives as it is written.
    let status = Command::new(&cargo)
        .args(&args.command)
        .stdin(Stdio::inherit())
        .status()
        .with_context(|| format!("can't start {}", cargo.to_string_lossy()))?;
    if let Err(error) = append() {
        // The check itself has gone well or ill without it.
        anstream::eprintln!("alloc-budget has nothing to add: {error:#}");
    }
    Ok(if status.success() { Verdict::FINE } else { Verdict::failed(status.code()) })
}

fn append() -> Result<()> {
    let workspace = saved::workspace(None)?;
    let report = saved::last(&workspace)?;
    let config = Config::read(workspace.root())?;
    let context = Context { workspace: Some(&workspace), ..Context::new(&config) };
    format::print(&report, Format::Cargo, &context, None)
}
