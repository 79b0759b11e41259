//! `merge`: the reports of all shards become one.

use std::path::PathBuf;

use anyhow::Result;

use crate::merge;
use crate::report::Report;
use crate::report::verdict::Verdict;
use crate::text::count;

/// Makes one report of the reports of all shards
///
/// Refuses what would leave a hole: a shard that is missing or there twice, and shards of unlike
/// revisions, sources, features, compilers, profiles, targets, runners or tools.
#[derive(Debug, Clone, clap::Args)]
#[command(after_long_help = "\
Examples:
  cargo alloc-budget test --workspace --shard 1/4 --out shard-1.json
      Runs the first of four parts. Does the same on three other machines.
  cargo alloc-budget merge shard-*.json -o report.json
      Makes one report of the four.
  cargo alloc-budget check --report report.json
      Judges it.

Exit codes:
  0  the report was written, whatever it says; `check` is the command that fails
  1  the shards don't belong together, or a file can't be read or written
  2  the arguments are wrong")]
pub struct Args {
    /// The reports of all shards, as `test --shard K/N --out FILE` writes them
    #[arg(required = true, value_name = "SHARD")]
    pub shards: Vec<PathBuf>,
    /// Where to write the report
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,
}

/// # Errors
/// The shards don't belong together, or a file can't be read or written.
pub fn run(args: &Args) -> Result<Verdict> {
    let mut shards = Vec::new();
    for path in &args.shards {
        shards.push((path.display().to_string(), Report::read(path)?));
    }
    let report = merge::merge(shards)?;
    report.write(&args.output)?;
    anstream::eprintln!(
        "merged {} with {}",
        count(args.shards.len() as u64, "shard"),
        count(report.budgets.len() as u64, "budget")
    );
    Ok(Verdict::FINE)
}
