//! Runs the tests of a workspace, and says what they did with their budgets.

mod build;
mod cargo;
mod completeness;
mod flags;
pub(crate) use build::cargo;
pub(crate) use flags::Dialect;
mod git;
mod lane;
mod libtest;
mod lock;
mod nextest;
mod outcome;
mod relay;
mod verdict;

use std::path::Path;
use std::thread;

use anyhow::{Context, Result, bail};

pub use build::NotBuilt;
use cargo::Part;
use outcome::Outcome;

use crate::cli::{Running, Selection};
use crate::record::places::Places;
use crate::record::program::Program;
use crate::record::{fold, folder, runs};
use crate::report::lane::Runner;
use crate::report::{Report, Run, Shard, VERSION};
use crate::workspace::Workspace;

/// What becomes of overages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// What the code says: tests fail.
    Test,
    /// They are recorded, and the tests go on: the true worst is seen.
    Count,
}

/// What is to be run, and how.
#[derive(Debug)]
struct Plan<'a> {
    selection: &'a Selection,
    running: &'a Running,
    mode: Mode,
    runner: Runner,
    shard: Option<Shard>,
}

impl<'a> Plan<'a> {
    fn new(
        selection: &'a Selection,
        running: &'a Running,
        mode: Mode,
        workspace: &Workspace,
    ) -> Result<Self> {
        let shard = running.shard.as_deref().map(shard).transpose()?;
        let has_nextest = workspace.root().join(".config/nextest.toml").is_file();
        let default = if has_nextest || shard.is_some() { Runner::Nextest } else { Runner::Cargo };
        let runner = running.runner.unwrap_or(default);
        if shard.is_some() && runner == Runner::Cargo {
            bail!("cargo can't run a part of the tests: `--shard` needs `--runner nextest`");
        }
        Ok(Self { selection, running, mode, runner, shard })
    }

    fn counts(&self) -> bool {
        self.mode == Mode::Count
    }

    /// Whether a failing test program stops nothing.
    fn goes_on(&self) -> bool {
        self.counts() || self.running.no_fail_fast
    }

    /// What is said of tests that are named, where it can't be seen which ones that leaves out.
    fn named(&self) -> Option<String> {
        let has_arguments = self.running.filter.is_some() || !self.running.args.is_empty();
        has_arguments
            .then(|| "only some tests were run, by their names or by arguments behind `--`".to_owned())
    }

    /// The documentation's examples, which nextest leaves to cargo. They are no part of any shard but
    /// the first.
    fn has_docs(&self, workspace: &Workspace, programs: &[Program]) -> bool {
        let is_first = self.shard.is_none_or(|shard| shard.index == 1);
        let are_tested = |package: &str| programs.iter().any(|program| program.package == package);
        let mut members = workspace.members().into_iter();
        is_first
            && self.selection.has_docs()
            && members.any(|member| {
                are_tested(&member.name)
                    && member.targets.iter().any(|target| target.doctest && has_docs(target))
            })
    }

    /// Runs the tests once.
    fn run(&self, workspace: &Workspace, programs: &[Program], folder: &Path) -> Result<Outcome> {
        let mut outcome = match self.runner {
            Runner::Nextest if !self.selection.doc => nextest::run(self, folder)?,
            _ => cargo::run(self, Part::All, programs, folder)?,
        };
        let is_over = outcome.succeeded() || self.goes_on();
        let are_left =
            self.runner == Runner::Nextest && !self.selection.doc && self.has_docs(workspace, programs);
        if are_left && is_over {
            outcome = outcome.and(cargo::run(self, Part::Docs, programs, folder)?);
        } else if are_left {
            outcome.incomplete.insert(
                "the documentation's examples were not run, since tests failed: `--no-fail-fast` runs them"
                    .to_owned(),
            );
        }
        outcome.counts_only = self.counts();
        outcome.action = std::env::var("ALLOC_BUDGET").ok().filter(|action| action != "strict");
        Ok(outcome)
    }
}

fn has_docs(target: &cargo_metadata::Target) -> bool {
    use cargo_metadata::TargetKind;

    let is_library =
        |kind: &TargetKind| matches!(kind, TargetKind::Lib | TargetKind::RLib | TargetKind::ProcMacro);
    target.kind.iter().any(is_library)
}

/// `2/4`
fn shard(text: &str) -> Result<Shard> {
    let parse = || {
        let (index, count) = text.split_once('/')?;
        let shard = Shard { index: index.parse().ok()?, count: count.parse().ok()? };
        (1..=shard.count).contains(&shard.index).then_some(shard)
    };
    parse().with_context(|| {
        format!("`--shard {text}` is no part of the tests: write `--shard 2/4` for the second of four")
    })
}

/// Builds and runs the tests of the selection, and folds what they recorded into a report.
///
/// # Errors
/// [`NotBuilt`], the runner can't be started, or records can't be read.
pub fn run(selection: &Selection, running: &Running, mode: Mode) -> Result<Report> {
    let workspace = Workspace::find(selection)?;
    let plan = Plan::new(selection, running, mode, &workspace)?;
    let lock = lock::Lock::take(&workspace.own_folder())?;
    let (programs, compiler, (commit, dirty)) = thread::scope(|scope| {
        let compiler = scope.spawn(|| lane::Compiler::ask(workspace.root()));
        let revision = scope.spawn(|| git::revision(workspace.root()));
        let programs = build::build(selection, &workspace)?;
        let compiler = compiler.join().unwrap_or_else(|_| bail!("can't ask rustc"))?;
        let revision = revision.join().unwrap_or_default();
        anyhow::Ok((programs, compiler, revision))
    })?;

    let places = Places::of(&workspace);
    let wanted = running.runs.unwrap_or(1).max(1);
    let mut outcomes = Vec::new();
    let mut folds = Vec::new();
    while outcomes.len() < wanted as usize {
        let folder = lock.folder()?;
        let outcome = plan.run(&workspace, &programs, &folder)?;
        let records = folder::read(&folder)?;
        folds.push(fold::fold(&records, &places, &programs, &outcome));
        let is_over = !outcome.succeeded() && !plan.goes_on();
        outcomes.push(outcome);
        if is_over {
            break;
        }
    }
    let fold = runs::merge(folds);

    let whole_workspace = completeness::is_whole_workspace(selection, &workspace, &programs);
    let mut packages: Vec<_> = programs.iter().filter(|it| it.is_test).map(|it| it.package.clone()).collect();
    packages.dedup();
    let verdict = verdict::of(&fold, &outcomes, &programs);
    let mut incomplete = completeness::of(&plan, &outcomes, whole_workspace, &packages);
    incomplete.extend(fold.incomplete);
    if fold.budgets.is_empty() {
        incomplete.insert("no budget was recorded".to_owned());
    }
    let count = |of: fn(&Outcome) -> u64| outcomes.iter().map(of);
    let failures = outcomes.iter().flat_map(|outcome| outcome.failures.iter().map(completeness::spelled));
    let run = Run {
        packages,
        whole_workspace,
        shard: plan.shard,
        commit,
        dirty,
        runs: u32::try_from(outcomes.len()).unwrap_or(u32::MAX),
        passed: count(|outcome| outcome.counts.passed).min().unwrap_or(0),
        failed: count(|outcome| outcome.counts.failed).max().unwrap_or(0),
        ignored: count(|outcome| outcome.counts.ignored).max().unwrap_or(0),
        failures: failures.collect::<std::collections::BTreeSet<_>>().into_iter().collect(),
        exit: verdict::exit(&outcomes),
        incomplete: incomplete.into_iter().collect(),
    };
    Ok(Report {
        version: VERSION,
        tool: env!("CARGO_PKG_VERSION").to_owned(),
        verdict,
        lane: lane::lane(selection, &compiler, plan.runner, &programs, workspace.target_folder()),
        run,
        budgets: fold.budgets,
        targets: fold.targets,
        others: fold.others,
    })
}
