//! `baseline`: what has changed since an earlier report.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use clap::Subcommand;

use super::{fresh, saved};
use crate::diff;
use crate::format::{self, Format};
use crate::report::Report;
use crate::report::lane::Runner;
use crate::report::verdict::Verdict;
use crate::run::Mode;
use crate::selection::{Running, Selection};
use crate::workspace::Workspace;

/// Keeps reports, and says what has changed since
///
/// Budgets and call sites are compared by their names, not by their lines: code that moved is not
/// new. Reports of unlike lanes (target, profile, compiler, features, runner) are refused.
#[derive(Debug, Clone, clap::Args)]
#[command(after_long_help = "\
Examples:
  cargo alloc-budget baseline save main
      Keeps the last run's report under the name `main`.
  cargo alloc-budget baseline diff main
      Compares the last run's report with it.
  cargo alloc-budget baseline diff main.json --report report.json --format md
      Compares two files, and writes Markdown: nothing at all if nothing has changed.
  cargo alloc-budget baseline diff --rev origin/main --workspace
      Runs the tests of both revisions here, and compares them.")]
pub struct Args {
    #[command(subcommand)]
    pub what: What,
}

/// What to do with baselines.
#[derive(Debug, Clone, Subcommand)]
pub enum What {
    Save(Save),
    Diff(Box<Diff>),
}

/// Keeps a report under a name
///
/// It lies in the target folder: a baseline that other machines need is a file of yours, such as an
/// artifact of the main branch's run.
#[derive(Debug, Clone, clap::Args)]
pub struct Save {
    /// The name, of letters, digits, `.`, `-` and `_`
    pub name: String,
    /// The report; by default that of the last run
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,
    /// The path of Cargo.toml
    #[arg(long, value_name = "FILE")]
    pub manifest_path: Option<PathBuf>,
}

/// Says which budgets and call sites are new, worse, better, gone or moved
#[derive(Debug, Clone, clap::Args)]
#[command(after_long_help = "\
Examples:
  cargo alloc-budget baseline diff main
  cargo alloc-budget baseline diff --rev HEAD~1 --workspace

Exit codes:
  0  the changes were written, whatever they are; `check` is the command that fails
  1  there is no such baseline, its lane is another one, or the tool's own error
  2  the arguments are wrong")]
pub struct Diff {
    /// The baseline: a name that `baseline save` was given, or a file
    #[arg(value_name = "NAME|FILE", required_unless_present = "rev")]
    pub baseline: Option<String>,
    /// Compare with this git revision: the tests of both sides are run here
    #[arg(long, value_name = "REV", conflicts_with_all = ["baseline", "report", "allow_missing_baseline"])]
    pub rev: Option<String>,
    /// The report to compare; by default that of the last run
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,
    /// Succeed if there is no such baseline
    #[arg(long)]
    pub allow_missing_baseline: bool,
    /// How to write the changes: table, md or json
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub format: Format,
    /// Write to this file
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    #[command(flatten)]
    pub selection: Selection,
    /// With `--rev`: who runs the tests
    #[arg(long, value_enum, requires = "rev", help_heading = "How it is tested")]
    pub runner: Option<Runner>,
    /// With `--rev`: how often to run the tests
    #[arg(long, value_name = "N", requires = "rev", help_heading = "How it is tested")]
    pub runs: Option<u32>,
    /// With `--rev`: compare every call site, not only those past a limit. Slower
    #[arg(long, requires = "rev", help_heading = "How it is tested")]
    pub sites: bool,
}

/// # Errors
/// There is no such report or baseline, or they are of unlike lanes.
pub fn run(args: &Args) -> Result<Verdict> {
    match &args.what {
        What::Save(save) => keep(save)?,
        What::Diff(args) => compare(args)?,
    }
    Ok(Verdict::FINE)
}

fn keep(args: &Save) -> Result<()> {
    let workspace = saved::workspace(args.manifest_path.as_deref())?;
    let report = match &args.report {
        Some(path) => Report::read(path)?,
        None => saved::last(&workspace)?,
    };
    let path = saved::named(&workspace, &args.name)?;
    saved::whole(&report, "the report")?;
    report.write(&path)?;
    for reason in &report.run.incomplete {
        anstream::eprintln!("the report is incomplete: {reason}");
    }
    anstream::eprintln!(
        "saved {} as baseline `{}`",
        crate::text::count(report.budgets.len() as u64, "budget"),
        args.name
    );
    Ok(())
}

fn compare(args: &Diff) -> Result<()> {
    if !matches!(args.format, Format::Table | Format::Md | Format::Json) {
        bail!("changes are written as `table`, `md` or `json`");
    }
    let (before, after) = match (&args.rev, &args.baseline) {
        (Some(rev), _) => both_sides(rev, args)?,
        (None, Some(baseline)) => {
            let workspace = Workspace::find(&args.selection);
            let found = saved::baseline(baseline, args.allow_missing_baseline, workspace.as_ref().ok())?;
            let after = match (&args.report, workspace) {
                (Some(path), _) => Report::read(path)?,
                (None, workspace) => saved::last(&workspace?)?,
            };
            let Some(before) = found else { return Ok(()) };
            (before, after)
        }
        (None, None) => bail!("compare with what? Give a baseline's name, a file, or `--rev REV`"),
    };
    for (side, report) in [("the baseline", &before), ("this side", &after)] {
        saved::whole(report, side)?;
        for reason in &report.run.incomplete {
            anstream::eprintln!("{side} is incomplete: {reason}");
        }
    }
    let changes = diff::compare(&before, &after)?;
    format::print_changes(&changes, args.format, args.output.as_deref())
}

/// Runs the tests of this tree, and those of a revision in a tree of its own below the target
/// folder, in the same lane.
fn both_sides(rev: &str, args: &Diff) -> Result<(Report, Report)> {
    let workspace = Workspace::find(&args.selection)?;
    let tree = workspace.own_folder().join("rev");
    let _worktree = Worktree::add(workspace.root(), &tree, rev)?;
    // The workspace may be a folder of the repository.
    let below = git(workspace.root(), &["rev-parse", "--show-prefix"])?;
    let mut selection = args.selection.clone();
    selection.manifest_path = Some(tree.join(below.trim_end()).join("Cargo.toml"));
    let target = workspace.own_folder().join("rev-target");
    // In a build folder that both share, cargo would take the two for one package.
    selection.config.push(format!("build.build-dir='{}'", target.display()));
    selection.target_dir = Some(target);
    let mut running = Running {
        runner: args.runner,
        runs: args.runs,
        shard: None,
        sites: args.sites,
        no_fail_fast: true,
        filter: None,
        args: Vec::new(),
    };
    let after = fresh::report(&workspace, &args.selection, &running, Mode::Count.into())?;
    running.runner = Some(after.lane.runner);
    let other = Workspace::find(&selection)?;
    let before = fresh::report(&other, &selection, &running, Mode::Count.into())
        .with_context(|| format!("the tests of `{rev}` can't be run"))?;
    Ok((before, after))
}

/// A git work tree, removed when it is no longer needed.
struct Worktree<'a> {
    root: &'a Path,
    tree: &'a Path,
}

impl<'a> Worktree<'a> {
    fn add(root: &'a Path, tree: &'a Path, rev: &str) -> Result<Self> {
        let worktree = Self { root, tree };
        worktree.remove();
        let path = tree.to_str().context("the target folder's path is not UTF-8")?;
        git(root, &["worktree", "add", "--detach", "--force", path, "--end-of-options", rev])
            .with_context(|| format!("git can't check out `{rev}`"))?;
        Ok(worktree)
    }

    fn remove(&self) {
        if let Some(path) = self.tree.to_str() {
            // There may be none, or only its folder.
            _ = git(self.root, &["worktree", "remove", "--force", path]);
        }
        _ = std::fs::remove_dir_all(self.tree);
        _ = git(self.root, &["worktree", "prune"]);
    }
}

impl Drop for Worktree<'_> {
    fn drop(&mut self) {
        self.remove();
    }
}

fn git(root: &Path, args: &[&str]) -> Result<String> {
    let output = std::process::Command::new("git")
        .arg("-C")
        .arg(root)
        .args(args)
        .output()
        .context("can't start git")?;
    if !output.status.success() {
        bail!("{}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(String::from_utf8(output.stdout)?)
}
