//! `cargo alloc-budget prove`

use std::fs::File;
use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use alloc_budget_prove::ASSUMPTIONS;
use anyhow::{Context, Result};
use clap::ValueEnum;

use crate::prove::build::{self, Building};
use crate::prove::judge::{Allowed, Denied, Policy};
use crate::prove::proof::Proof;
use crate::prove::{github, judge, text};
use crate::run::NotBuilt;
use crate::text::complain;
use crate::workspace::Workspace;

/// Proves that functions can't allocate, in the program that you ship
///
/// Builds a release program in which each promise can be found: budgets of `max = 0` or
/// `max_deallocs = 0`, and functions that say `prove`. Then it follows all code that they can run,
/// in the linked file, and says of each whether the allocator can be reached, and through which
/// calls. It needs rustc 1.89 and a Linux target on x86-64.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  cargo alloc-budget prove
      Proves the promises of the workspace's programs, built in the profile `release`.
  cargo alloc-budget prove --examples --all
      Proves those of a library, in its examples, and shows each verdict.
  cargo alloc-budget prove --target x86_64-unknown-linux-musl
      On a Mac or on Windows: proves what a Linux target has.
  cargo alloc-budget prove --binary player
      Proves the promises of a file that was built elsewhere with ALLOC_BUDGET_PROVE=1.

Exit codes:
  0    every promise is accepted
  1    a function can allocate, or deallocate, against its promise
  2    a function is unproven, or has no code; or the arguments are wrong
  3    nothing can be analysed, or there is no promise
  101  and others of cargo: the build failed")]
pub struct Args {
    #[command(flatten)]
    building: Building,
    /// Prove the promises of this file, and build nothing. Weaker: whether the file is what the
    /// sources make, and has every promise of theirs, is for you to know
    #[arg(long, value_name = "FILE", conflicts_with_all = ["package", "workspace", "bin", "bins", "example", "examples"])]
    binary: Option<PathBuf>,
    /// Accept these verdicts, too
    #[arg(long, value_enum, value_name = "VERDICT")]
    allow: Vec<Allowed>,
    /// Don't accept these verdicts
    #[arg(long, value_enum, value_name = "VERDICT")]
    deny: Vec<Denied>,
    /// Show all promises, not only those that are not accepted
    #[arg(long)]
    all: bool,
    /// How to write what was found
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Write JSON: the same as `--format json`
    #[arg(long, conflicts_with = "format")]
    json: bool,
    /// Write to this file instead of stdout
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Print what every proof takes for granted
    #[arg(long, exclusive = true)]
    assumptions: bool,
}

/// How to write what was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    /// Its schema is published as `proof.schema.json`
    Json,
    /// Annotations of a GitHub workflow's step
    Github,
}

/// What a proof ends with that could not be made.
const NOT_ANALYSED: u8 = 3;

/// Not a [`Verdict`](crate::report::verdict::Verdict): its codes are of a run of tests.
pub fn run(args: &Args) -> ExitCode {
    match proven(args) {
        Ok(code) => code.into(),
        Err(error) => {
            if let Some(not_built) = error.downcast_ref::<NotBuilt>() {
                // Cargo has said why.
                return not_built.code.into();
            }
            complain(&error);
            NOT_ANALYSED.into()
        }
    }
}

fn proven(args: &Args) -> Result<u8> {
    if args.assumptions {
        for assumption in ASSUMPTIONS {
            anstream::println!("- {assumption}");
        }
        return Ok(0);
    }
    let policy = Policy { allow: &args.allow, deny: &args.deny };
    let (proof, root) = if let Some(file) = &args.binary {
        (judge::of_file(file, &policy)?, std::env::current_dir()?)
    } else {
        let workspace = Workspace::find(&args.building.selection())?;
        let built = build::build(&args.building, &workspace)?;
        (judge::of_build(&built, &workspace, &policy)?, workspace.root().to_owned())
    };
    let mut out: Box<dyn io::Write> = match &args.output {
        Some(path) => {
            Box::new(File::create(path).with_context(|| format!("can't write {}", path.display()))?)
        }
        None => Box::new(anstream::stdout().lock()),
    };
    write(&proof, &root, args, &mut out)?;
    Ok(proof.verdict.code)
}

fn write(proof: &Proof, root: &std::path::Path, args: &Args, out: &mut dyn io::Write) -> Result<()> {
    match args.format {
        _ if args.json => proof.write(out),
        Format::Json => proof.write(out),
        Format::Text => text::write(proof, root, args.all, out),
        Format::Github => github::write(proof, out),
    }
}
