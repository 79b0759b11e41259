//! `bless`: exceeded budgets are raised to their worst, and `measure` becomes limits.

use std::collections::BTreeMap;

use crate::edit::plan::{Only, Plan, What, Wish, plan, refused};
use crate::report::Report;
use crate::report::budget::{Budget, Limit, Quantity};
use crate::workspace::Workspace;

/// Raises exceeded limits, each to its own worst; in place of `measure`, `limits` get theirs.
pub fn bless(reports: &[Report], limits: &[Limit], only: &Only, workspace: &Workspace) -> Plan {
    let mut wishes = Vec::new();
    let mut expected = Vec::new();
    let all = reports.iter().flat_map(|report| &report.budgets);
    for budget in all.filter(|budget| only.has(budget)) {
        let raised = raised(budget);
        let tests: Vec<&str> = budget
            .overages
            .iter()
            .filter(|over| over.expected)
            .filter_map(|over| over.test.as_deref())
            .collect();
        if budget.overages.iter().any(|overage| overage.expected) {
            let by = if tests.is_empty() { "a test".to_owned() } else { tests.join("`, `") };
            let what = "it is exceeded".to_owned();
            expected.push(refused(budget, what, format!("`{by}` expects that"), None));
            continue;
        }
        for (limit, worst, said) in raised {
            wishes.push(Wish { budget, what: What::Limit(limit, worst), said });
        }
        if budget.measures {
            let worst: BTreeMap<Limit, u64> = limits
                .iter()
                .filter_map(|limit| Some((*limit, worst(budget.quantities.get(limit)?)?)))
                .collect();
            if !worst.is_empty() {
                let said = format!("{} in {} calls", words(&worst), budget.calls.total);
                wishes.push(Wish { budget, what: What::Limits(worst), said });
            }
        }
    }
    expected.sort();
    expected.dedup();
    Plan { expected, ..plan(wishes, workspace) }
}

/// The limits that a call has passed, and what they would have to be.
fn raised(budget: &Budget) -> Vec<(Limit, u64, String)> {
    let raised =
        budget.quantities.iter().filter(|(_, quantity)| quantity.slack.is_some_and(|slack| slack < 0));
    raised
        .filter_map(|(limit, quantity)| {
            let worst = worst(quantity)?;
            let [least, _] = quantity.limits?;
            let test = quantity.test.as_ref().map(|test| format!(" in `{test}`")).unwrap_or_default();
            Some((*limit, worst, format!("{worst} of `{limit} = {least}`{test}")))
        })
        .collect()
}

/// What a limit has to allow; nothing below zero can be one.
pub(super) fn worst(quantity: &Quantity) -> Option<u64> {
    quantity.worst.map(|worst| u64::try_from(worst).unwrap_or(0))
}

fn words(limits: &BTreeMap<Limit, u64>) -> String {
    limits.iter().map(|(limit, value)| format!("{limit} {value}")).collect::<Vec<_>>().join(", ")
}
