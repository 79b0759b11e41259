//! Shows that the gate goes red where a budget is exceeded by a single allocation.

use anyhow::{Result, bail};

use super::args::Args;
use crate::report::Report;
use crate::report::budget::{Budget, Limit};
use crate::report::verdict::{Verdict, What};
use crate::run::{self, Mode, Order, Output};

/// # Errors
/// The gate is red without it, there is no such budget, or it stays green.
pub(super) fn run(args: &Args, wanted: Option<&str>) -> Result<Verdict> {
    anstream::eprintln!("first, the tests as they are");
    let order = Order { output: Output::Stderr, ..Mode::Test.into() };
    let before = run::run(&args.selection, &args.running, order)?;
    let budget = choose(&before, wanted)?;
    anstream::eprintln!("now with one phantom allocation in each call of `{}`", budget.path);
    let mut running = args.running.clone();
    if running.filter.is_none() && running.args.is_empty() && !budget.tests.is_empty() {
        // The name without that of the program.
        let names = budget.tests.iter().filter_map(|test| test.rsplit(' ').next());
        running.args.push("--exact".into());
        running.args.extend(names.map(Into::into));
    }
    let order = Order { phantom: Some(&budget.path), ..order };
    let after = run::run(&args.selection, &running, order)?;
    let seen = after.budgets.iter().find(|it| it.path == budget.path && it.line == budget.line);
    let overage = seen.into_iter().flat_map(|budget| &budget.overages).find(|overage| !overage.expected);
    match overage.and_then(|overage| overage.exceeded.first()) {
        Some(exceeded) if after.verdict.what == What::Exceeded => {
            anstream::println!(
                "the gate goes red: with one allocation more, `{}` makes {} of {}, and \
                 `cargo alloc-budget test` ends with {}",
                budget.path,
                exceeded.actual,
                exceeded.allowed,
                after.verdict.code
            );
            Ok(Verdict::FINE)
        }
        _ => bail!("the gate stays green: {}", why(budget, seen, &after)),
    }
}

/// The budget to exceed.
fn choose<'a>(report: &'a Report, wanted: Option<&str>) -> Result<&'a Budget> {
    match report.verdict.what {
        What::Failed => bail!("the tests fail as they are: let them pass first"),
        What::Exceeded => bail!("the gate is red as it is: a budget is exceeded"),
        What::Incomplete => bail!("no budget was recorded: `cargo alloc-budget doctor` says why"),
        What::Fine | What::Ratchet => {}
    }
    let Some(wanted) = wanted else {
        let tightest = report.budgets.iter().find(|budget| slack(budget) == Some(0));
        return tightest.map_or_else(
            || {
                bail!(
                    "no budget that a test reaches is at its `max`: `cargo alloc-budget tighten` lowers them"
                )
            },
            Ok,
        );
    };
    let ends = |budget: &&Budget| budget.path == wanted || budget.path.ends_with(&format!("::{wanted}"));
    let mut found = report.budgets.iter().filter(ends);
    let Some(budget) = found.next() else {
        bail!("no test calls a budget of the path `{wanted}`: `cargo alloc-budget test --all` lists them")
    };
    if let Some(other) = found.next() {
        bail!("`{wanted}` may be `{}` or `{}`: write all of it", budget.path, other.path);
    }
    match slack(budget) {
        Some(0) => Ok(budget),
        Some(slack) => {
            bail!("one allocation more is within `{}`: its calls leave {slack} of `max`", budget.path)
        }
        None => bail!("no call of `{}` was held to a `max`", budget.path),
    }
}

fn slack(budget: &Budget) -> Option<i64> {
    budget.quantities.get(&Limit::Max)?.slack
}

fn why(budget: &Budget, seen: Option<&Budget>, after: &Report) -> String {
    let Some(seen) = seen.filter(|budget| budget.is_reached()) else {
        return format!("no test has called `{}` this time", budget.path);
    };
    if after.verdict.what == What::Failed {
        return "tests failed for another reason".to_owned();
    }
    if seen.overages.is_empty() {
        return format!(
            "no overage of `{}` was recorded. Its alloc-budget may be older than `ALLOC_BUDGET_PHANTOM`",
            budget.path
        );
    }
    format!("the tests of `{}` expect an overage, or catch it", budget.path)
}

#[cfg(test)]
mod tests {
    use super::choose;
    use crate::report::example;
    use crate::report::verdict::Verdict;

    #[test]
    fn what_is_red_already_proves_nothing() {
        let mut report = example::report();
        for (verdict, expected) in [
            (Verdict::EXCEEDED, "red as it is"),
            (Verdict::failed(Some(101)), "fail as they are"),
            (Verdict::INCOMPLETE, "no budget was recorded"),
        ] {
            report.verdict = verdict;
            let error = choose(&report, None).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
        report.verdict = Verdict::FINE;
        let error = choose(&report, Some("no::such")).unwrap_err().to_string();
        assert!(error.contains("no test calls a budget of the path `no::such`"), "{error}");
    }
}
