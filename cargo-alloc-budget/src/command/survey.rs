//! `cargo alloc-budget survey`

use std::fs::File;
use std::io;
use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::ValueEnum;

use crate::format::width;
use crate::report::verdict::Verdict;
use crate::selection::{Running, Selection};
use crate::survey::manifests::Runtime;
use crate::survey::table::{self, Style};
use crate::survey::{found::Survey, survey};

/// Finds out which functions of a code base could have a budget, and of how much
///
/// Copies the workspace, puts `#[alloc_budget(measure)]` in front of each of its functions, and
/// runs its tests. Your own tree is only read.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  cargo alloc-budget survey
      Shows what each function of the workspace allocates in its tests.
  cargo alloc-budget survey -p codec --all
      Surveys one package, and shows all of its functions.
  cargo alloc-budget survey --format json -o survey.json
      Writes what was found for a program to read.

Exit codes:
  0  the survey was made
  1  the workspace can't be copied, or its tests can't be built
  5  nothing was recorded")]
pub struct Args {
    #[command(flatten)]
    selection: Selection,
    #[command(flatten)]
    running: Running,
    /// Show all functions, not only the first of each list
    #[arg(long)]
    all: bool,
    /// How to write what was found
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
    /// Write to this file instead of stdout
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Where the runtime is, for those who have a checkout of it
    #[arg(long, value_name = "FOLDER", hide = true)]
    runtime: Option<PathBuf>,
}

/// How to write what was found.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    Table,
    Markdown,
    Json,
}

/// # Errors
/// The workspace can't be copied, or its tests can't be built with any of the functions.
pub fn run(args: &Args) -> Result<Verdict> {
    let runtime = args.runtime.as_deref().map(std::path::absolute).transpose()?.map(Runtime::Path);
    let survey = survey(&args.selection, &args.running, runtime.as_ref(), |step| {
        anstream::eprintln!("    Survey: {step}");
    })?;
    write(&survey, args)?;
    Ok(
        if survey.functions.is_empty()
            || survey.run.incomplete.iter().any(|reason| reason == "no budget was recorded")
        {
            Verdict::INCOMPLETE
        } else {
            Verdict::FINE
        },
    )
}

fn write(survey: &Survey, args: &Args) -> Result<()> {
    let mut out: Box<dyn io::Write> = match &args.output {
        Some(path) => {
            Box::new(File::create(path).with_context(|| format!("can't write {}", path.display()))?)
        }
        None => Box::new(anstream::stdout().lock()),
    };
    let width = width().and_then(|width| u16::try_from(width).ok());
    match args.format {
        Format::Table => table::write(survey, Style { all: args.all, is_markdown: false, width }, &mut out),
        Format::Markdown => table::write(survey, Style { all: args.all, is_markdown: true, width }, &mut out),
        Format::Json => {
            serde_json::to_writer_pretty(&mut out, survey)?;
            Ok(io::Write::write_all(&mut out, b"\n")?)
        }
    }
}
