//! Why a run may have recorded nothing. That must not look like a run in which all is well.

use crate::report::{Counts, Report, Target};
use crate::workspace::Workspace;

/// Says on stderr why no budget may have been recorded.
pub fn explain(report: &Report, workspace: &Workspace) {
    anstream::eprintln!(
        "{style}error{style:#}: the tests ran, and no budget was recorded",
        style = anstyle::AnsiColor::Red.on_default().bold()
    );
    for reason in reasons(report, workspace) {
        anstream::eprintln!("  - {reason}");
    }
    anstream::eprintln!("`cargo alloc-budget doctor` looks at each test program");
}

/// In words, the likely ones first.
pub fn reasons(report: &Report, workspace: &Workspace) -> Vec<String> {
    let mut reasons = Vec::new();
    let depends =
        |package: &&cargo_metadata::Package| package.dependencies.iter().any(|it| it.name == "alloc-budget");
    if !workspace.members().iter().any(depends) {
        reasons.push("no member of the workspace depends on `alloc-budget`".to_owned());
        return reasons;
    }
    let deaf: Vec<&Target> = report.targets.iter().filter(|target| target.counts == Counts::No).collect();
    if let [first, rest @ ..] = &*deaf {
        let others = if rest.is_empty() { String::new() } else { format!(" and {} others", rest.len()) };
        reasons.push(format!(
            "nothing is counted in `{}`{others}: alloc-budget needs the feature `install` in \
             [dev-dependencies], or a `CountingAllocator` as the program's allocator",
            first.name
        ));
        return reasons;
    }
    if std::env::var_os("ALLOC_BUDGET").is_some_and(|value| value == "off") {
        reasons.push("`ALLOC_BUDGET=off` is set".to_owned());
        return reasons;
    }
    if report.run.passed + report.run.failed == 0 {
        reasons.push("no test was run".to_owned());
    }
    if !report.budgets.is_empty() {
        reasons.push("no test calls a function that has a budget".to_owned());
    }
    if report.lane.profile != "dev" {
        reasons.push(
            "budgets are not compiled into optimised programs, unless alloc-budget has the feature `enforce`"
                .to_owned(),
        );
    }
    reasons.push("alloc-budget is there without its feature `std`, and its budgets do nothing".to_owned());
    reasons.push(
        "the tests did not see `ALLOC_BUDGET_RECORD`, or not its folder: `cross`, a `runner` in cargo's \
         configuration, or Miri"
            .to_owned(),
    );
    reasons
}
