//! Whether a run was everything: in words, why the highest values may be too low.

use std::collections::BTreeSet;

use super::outcome::{Failure, Outcome};
use super::plan::{Mode, Plan};
use crate::record::program::Program;
use crate::selection::Selection;
use crate::workspace::Workspace;

/// Whether the tests of every member were built.
pub(crate) fn is_whole_workspace(selection: &Selection, workspace: &Workspace, programs: &[Program]) -> bool {
    let is_built = |name: &str| programs.iter().any(|program| program.is_test && program.package == name);
    let members = workspace.members();
    let has_tests = |member: &cargo_metadata::Package| member.targets.iter().any(|target| target.test);
    (selection.workspace && selection.exclude.is_empty())
        || members.iter().all(|member| is_built(&member.name) || !has_tests(member))
}

pub(crate) fn of(
    plan: &Plan<'_>,
    outcomes: &[Outcome],
    whole_workspace: bool,
    packages: &[String],
) -> BTreeSet<String> {
    let Plan { selection, running, order, .. } = plan;
    let mut incomplete: BTreeSet<_> =
        outcomes.iter().flat_map(|outcome| outcome.incomplete.iter().cloned()).collect();
    if !whole_workspace {
        incomplete.insert(format!(
            "only {} tested: tests of other packages may call their budgets. `--workspace` tests all",
            listed(packages)
        ));
    }
    if selection.names_targets() {
        incomplete.insert("only some kinds of tests were selected".to_owned());
    }
    let failed = outcomes.iter().map(|outcome| outcome.counts.failed).max().unwrap_or(0);
    if failed > 0 {
        let did = if failed == 1 { "1 test failed, and" } else { "some tests failed, and each" };
        incomplete.insert(format!("{did} may not have come to its end"));
    } else if outcomes.iter().any(|outcome| !outcome.succeeded()) {
        incomplete.insert("the tests failed".to_owned());
    }
    let wanted = running.runs.unwrap_or(1).max(1) as usize;
    if outcomes.len() < wanted {
        incomplete
            .insert(format!("the tests were run {} times of {wanted}, since they failed", outcomes.len()));
    }
    if order.mode == Mode::Test && std::env::var_os("ALLOC_BUDGET").is_some_and(|value| value == "off") {
        incomplete.insert("`ALLOC_BUDGET=off`: nothing is counted".to_owned());
    }
    incomplete
}

fn listed(packages: &[String]) -> String {
    match packages {
        [] => "no package was".to_owned(),
        [one] => format!("`{one}` was"),
        [one, other] => format!("`{one}` and `{other}` were"),
        [one, rest @ ..] => format!("`{one}` and {} other packages were", rest.len()),
    }
}

/// As the runner names it.
pub(crate) fn spelled(failure: &Failure) -> String {
    match &failure.program {
        Some((package, name)) if package.replace('-', "_") == *name => format!("{package} {}", failure.test),
        Some((package, name)) => format!("{package}::{name} {}", failure.test),
        None => failure.test.clone(),
    }
}
