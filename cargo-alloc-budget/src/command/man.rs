//! `man`: the manual's pages.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use clap_mangen::Man;

use crate::report::verdict::Verdict;

/// Writes the manual's pages
///
/// Without a folder, prints the first page.
#[derive(Debug, Clone, clap::Args)]
#[command(after_long_help = "\
Examples:
  cargo alloc-budget man -o ~/.local/share/man/man1
      Then `man cargo-alloc-budget`, and `man cargo-alloc-budget-check`.
  cargo alloc-budget man | man -l -")]
pub struct Args {
    /// Write a page for each command to this folder
    #[arg(short, long, value_name = "FOLDER")]
    pub output: Option<PathBuf>,
}

/// # Errors
/// A page can't be written.
pub fn run(args: &Args, tool: clap::Command) -> Result<Verdict> {
    // Cargo asks `man` for the page of `cargo-alloc-budget` when it is told `cargo help
    // alloc-budget`.
    let command = tool.bin_name("cargo-alloc-budget");
    match &args.output {
        Some(folder) => {
            fs::create_dir_all(folder).with_context(|| format!("can't make {}", folder.display()))?;
            clap_mangen::generate_to(command, folder)
                .with_context(|| format!("can't write to {}", folder.display()))?;
        }
        None => Man::new(command).render(&mut std::io::stdout())?,
    }
    Ok(Verdict::FINE)
}
