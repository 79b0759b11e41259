//! `cargo alloc-budget survey`

use std::fs::File;
use std::io::{self, IsTerminal};
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use clap::ValueEnum;

use crate::format::width;
use crate::report::NOTHING;
use crate::report::verdict::Verdict;
use crate::run::git;
use crate::selection::{Running, Selection};
use crate::survey::additions::Additions;
use crate::survey::dependency::{self, Dependency};
use crate::survey::flames;
use crate::survey::manifests::Runtime;
use crate::survey::progress::Progress;
use crate::survey::stop;
use crate::survey::table::{self, Style};
use crate::survey::tree::Tree;
use crate::survey::trial::Trial;
use crate::survey::wanted::{Applying, Wanted};
use crate::survey::{found::Survey, survey};
use crate::workspace::Workspace;

/// Finds out which functions of a code base could have a budget, and of how much
///
/// Copies the workspace, puts `#[alloc_budget(measure)]` in front of each of its functions, and
/// runs its tests. Your own tree is only read, unless you `--apply` what was found.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  cargo alloc-budget survey
      Shows what each function of the workspace allocates in its tests.
  cargo alloc-budget survey -p codec --all
      Surveys one package, and shows all of its functions.
  cargo alloc-budget survey --format json -o survey.json
      Writes what was found for a program to read.
  cargo alloc-budget survey --workspace --since origin/main
      Surveys the functions that a branch changes.
  cargo alloc-budget survey --apply zero --min-tests 2
      Writes `max = 0` above each function that two tests have called, and that never allocated.

Exit codes:
  0  the survey was made
  1  the workspace can't be copied, or its tests can't be built
  5  nothing was recorded, or it was stopped: then it says what there is")]
pub struct Args {
    #[command(flatten)]
    selection: Selection,
    #[command(flatten)]
    running: Running,
    #[command(flatten)]
    applying: Applying,
    /// Survey only functions that have changed since this git revision and the tree have parted
    #[arg(long, value_name = "REV")]
    since: Option<String>,
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
    /// A flame graph of what functions allocate by themselves
    Svg,
}

/// # Errors
/// The workspace can't be copied, or its tests can't be built with any of the functions.
pub fn run(args: &Args) -> Result<Verdict> {
    let runtime = args.runtime.as_deref().map(std::path::absolute).transpose()?.map(Runtime::Path);
    stop::listen();
    let mut progress = Progress::begin();
    let wanted = Wanted::of(&args.applying)?;
    let dependencies = match &*args.applying.apply {
        [] => Vec::new(),
        [..] => prepare(args, runtime.as_ref())?,
    };
    let Some((survey, tree)) =
        survey(&args.selection, &args.running, runtime.as_ref(), args.since.as_deref(), &mut progress)?
    else {
        progress.step("no function has changed since then");
        return Ok(Verdict::FINE);
    };
    write(&survey, args)?;
    if !args.applying.apply.is_empty() && !stop::is_stopped() {
        apply(&survey, &tree, &wanted, dependencies, args, &mut progress)?;
    }
    let is_nothing =
        survey.functions.is_empty() || survey.run.incomplete.iter().any(|reason| reason == NOTHING);
    Ok(if stop::is_stopped() || is_nothing { Verdict::INCOMPLETE } else { Verdict::FINE })
}

/// Whether the user's tree may be changed, which is asked before hours of work; the dependencies
/// that may be added to it.
fn prepare(args: &Args, runtime: Option<&Runtime>) -> Result<Vec<Dependency>> {
    let workspace = Workspace::find(&args.selection)?;
    if !args.applying.allow_dirty {
        let Some(changed) = git::changed_files(workspace.root()) else {
            bail!(
                "git does not know this workspace, so nothing could be taken back: `--allow-dirty` writes into it all the same"
            )
        };
        if !changed.is_empty() {
            bail!(
                "these files have changes that are not committed; `--allow-dirty` writes into the tree all the same:\n  {}",
                changed.join("\n  ")
            );
        }
    }
    let missing = dependency::missing(&workspace, &args.selection, runtime)?;
    if missing.is_empty() || args.applying.yes {
        return Ok(missing);
    }
    let lines = missing.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
    if !io::stdin().is_terminal() {
        bail!("budgets need alloc-budget. `--yes` adds these lines, or write them yourself:\n{lines}");
    }
    anstream::eprint!(
        "Budgets need alloc-budget:\n{lines}\nAdd these lines where functions get budgets? [y/N] "
    );
    let mut answer = String::new();
    io::stdin().read_line(&mut answer)?;
    if !matches!(answer.trim(), "y" | "yes") {
        bail!("nothing is written: `cargo alloc-budget survey` without `--apply` only looks");
    }
    Ok(missing)
}

/// Writes the budgets into the user's tree, and shows what has become of it.
fn apply(
    survey: &Survey,
    tree: &Tree,
    wanted: &Wanted,
    dependencies: Vec<Dependency>,
    args: &Args,
    progress: &mut Progress,
) -> Result<()> {
    let workspace = Workspace::find(&args.selection)?;
    let additions = Additions::of(survey, tree, wanted, workspace.root());
    let count: usize = additions.files.iter().map(|file| file.additions.len()).sum();
    progress.step(&format!(
        "writing {count} budgets into {}, and running the tests once more",
        workspace.root().display()
    ));
    let mut trial = Trial::begin(&workspace, additions, dependencies)?;
    if count > 0 {
        trial.test(&args.selection, &args.running, survey, progress)?;
    }
    anstream::print!("{}", trial.diff());
    let count = trial.count();
    for refused in trial.keep() {
        anstream::eprintln!("no budget: {refused}");
    }
    progress.step(&format!("{count} budgets are written"));
    Ok(())
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
        Format::Svg => flames::write(survey, &mut out),
        Format::Json => {
            serde_json::to_writer_pretty(&mut out, survey)?;
            Ok(io::Write::write_all(&mut out, b"\n")?)
        }
    }
}
