//! `completions`: what a shell completes.

use std::io;

use anyhow::Result;

use crate::report::verdict::Verdict;

/// Prints a script that teaches your shell the tool's arguments
///
/// They are those of the program `cargo-alloc-budget`, which takes the same arguments as `cargo
/// alloc-budget`.
#[derive(Debug, Clone, clap::Args)]
#[command(after_long_help = "\
Examples:
  cargo alloc-budget completions bash > ~/.local/share/bash-completion/completions/cargo-alloc-budget
  cargo alloc-budget completions fish > ~/.config/fish/completions/cargo-alloc-budget.fish
  cargo alloc-budget completions zsh > \"${fpath[1]}/_cargo-alloc-budget\"")]
pub struct Args {
    pub shell: clap_complete::Shell,
}

/// # Errors
/// None that is known of.
pub fn run(args: &Args, tool: &mut clap::Command) -> Result<Verdict> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, tool, "cargo-alloc-budget", &mut script);
    io::Write::write_all(&mut io::stdout(), &script)?;
    Ok(Verdict::FINE)
}
