//! Runs the tests of a workspace, and says what they did with their budgets.

pub(crate) mod allocators;
mod build;
mod cargo;
mod completeness;
mod flags;
pub(crate) use build::{cargo, kind_of};
pub(crate) use flags::Dialect;
pub(crate) mod git;
mod lane;
mod libtest;
mod lock;
mod nextest;
pub mod nothing;
mod outcome;
mod plan;
mod relay;
mod terminal;
mod verdict;

use std::path::Path;
use std::thread;

use anyhow::{Result, bail};

pub use build::NotBuilt;
use cargo::Part;
use outcome::Outcome;
use plan::Plan;
pub use plan::{Mode, Order};
pub use relay::Output;

use crate::record::places::Places;
use crate::record::program::Program;
use crate::record::{fold, folder, runs};
use crate::report::lane::Runner;
use crate::report::{NOTHING, Report, Run, VERSION};
use crate::selection::{Running, Selection};
use crate::workspace::Workspace;

/// Runs the tests once.
fn once(plan: &Plan<'_>, workspace: &Workspace, programs: &[Program], folder: &Path) -> Result<Outcome> {
    let mut outcome = match plan.runner {
        Runner::Nextest if !plan.selection.doc => nextest::run(plan, folder)?,
        _ => cargo::run(plan, Part::All, programs, folder)?,
    };
    let is_over = outcome.succeeded() || plan.goes_on();
    let are_left =
        plan.runner == Runner::Nextest && !plan.selection.doc && plan.has_docs(workspace, programs);
    if are_left && is_over {
        outcome = outcome.and(cargo::run(plan, Part::Docs, programs, folder)?);
    } else if are_left {
        outcome.incomplete.insert(
            "the documentation's examples were not run, since tests failed: `--no-fail-fast` runs them"
                .to_owned(),
        );
    }
    outcome.counts_only = plan.counts();
    outcome.action = std::env::var("ALLOC_BUDGET").ok().filter(|action| action != "strict");
    Ok(outcome)
}

/// Builds and runs the tests of the selection, and folds what they recorded into a report.
///
/// # Errors
/// [`NotBuilt`], the runner can't be started, or records can't be read.
pub fn run<'a>(selection: &Selection, running: &Running, order: impl Into<Order<'a>>) -> Result<Report> {
    let workspace = Workspace::find(selection)?;
    let plan = Plan::new(selection, running, order.into(), &workspace)?;
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
        let outcome = once(&plan, &workspace, &programs, &folder)?;
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
    let verdict = verdict::of(&fold, &outcomes, &programs, plan.shard.is_some());
    let mut incomplete = completeness::of(&plan, &outcomes, whole_workspace, &packages);
    incomplete.extend(fold.incomplete);
    if fold.budgets.is_empty() {
        incomplete.insert(NOTHING.to_owned());
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
