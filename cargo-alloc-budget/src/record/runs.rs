//! The same tests, run several times: what was worst in any of them, and what varied.

use std::collections::{BTreeMap, BTreeSet};

use super::fold::{Fold, order};
use super::overages;
use super::quantity::{least, union};
use crate::report::budget::{Budget, Calls, Limit, Quantity, Stack};
use crate::report::{Other, Target};

/// One result for all of them. Calls and processes are those of one run.
pub fn merge(runs: Vec<Fold>) -> Fold {
    let count = runs.len();
    let mut merged = Fold::default();
    let mut budgets: BTreeMap<_, Vec<Budget>> = BTreeMap::new();
    let mut targets: BTreeMap<_, Target> = BTreeMap::new();
    let mut others: BTreeMap<_, Other> = BTreeMap::new();
    for run in runs {
        for budget in run.budgets {
            let Budget { file, line, column, path, kind, .. } = &budget;
            budgets.entry((file.clone(), *line, *column, path.clone(), *kind)).or_default().push(budget);
        }
        for target in run.targets {
            let key = (target.package.clone(), target.kind.clone(), target.name.clone());
            let known = targets.entry(key).or_insert_with(|| target.clone());
            known.counts = known.counts.and(target.counts);
            known.processes = known.processes.max(target.processes);
            known.unended = known.unended.max(target.unended);
        }
        for other in run.others {
            let known = others.entry(other.name.clone()).or_insert_with(|| other.clone());
            known.processes = known.processes.max(other.processes);
            known.unended = known.unended.max(other.unended);
        }
        merged.incomplete.extend(run.incomplete);
        merged.exceeding.extend(run.exceeding);
        merged.expecting.extend(run.expecting);
        merged.aborted = merged.aborted.max(run.aborted);
    }
    merged.budgets = budgets.into_values().filter_map(|budgets| of_all(budgets, count)).collect();
    merged.budgets.sort_by(|one, other| order(one).cmp(&order(other)));
    merged.targets = targets.into_values().collect();
    merged.others = others.into_values().collect();
    merged
}

/// One budget of all runs in which it was called.
fn of_all(budgets: Vec<Budget>, runs: usize) -> Option<Budget> {
    let quantities = Limit::ALL.into_iter().filter_map(|limit| {
        let seen: Vec<_> = budgets.iter().filter_map(|budget| budget.quantities.get(&limit)).collect();
        Some((limit, quantity(&seen, runs)?))
    });
    let quantities = quantities.collect();
    let mut stacks: BTreeMap<Vec<String>, (u64, u64)> = BTreeMap::new();
    for stack in budgets.iter().flat_map(|budget| &budget.stacks) {
        let (allocations, bytes) = stacks.entry(stack.frames.clone()).or_default();
        *allocations = (*allocations).max(stack.allocations);
        *bytes = (*bytes).max(stack.bytes);
    }
    let tests: BTreeSet<_> = budgets.iter().flat_map(|budget| budget.tests.iter().cloned()).collect();
    let merged = budgets.iter().map(|budget| budget.calls).reduce(most)?;
    let is_lower_bound = budgets.iter().any(|budget| budget.is_lower_bound);
    let overages = overages::distinct(budgets.iter().flat_map(|budget| budget.overages.iter().cloned()));
    let first = budgets.into_iter().next()?;
    Some(Budget {
        calls: merged,
        tests: tests.into_iter().collect(),
        quantities,
        overages,
        stacks: stacks
            .into_iter()
            .map(|(frames, (allocations, bytes))| Stack { frames, allocations, bytes })
            .collect(),
        is_lower_bound,
        ..first
    })
}

fn quantity(seen: &[&Quantity], runs: usize) -> Option<Quantity> {
    let values: Vec<_> = seen.iter().filter_map(|quantity| quantity.worst).collect();
    let range = values.iter().min().zip(values.iter().max());
    // Where one run has no value, there is no telling what it would have been.
    let varies = range.filter(|(least, most)| least != most || values.len() < runs);
    let worst = seen.iter().max_by_key(|it| (it.worst, std::cmp::Reverse((it.test.is_none(), &it.test))));
    Some(Quantity {
        limits: seen.iter().fold(None, |limits, quantity| union(limits, quantity.limits)),
        slack: seen.iter().fold(None, |slack, quantity| least(slack, quantity.slack)),
        least: seen.iter().fold(None, |lowest, quantity| least(lowest, quantity.least)),
        varies: varies.map(|(least, most)| [*least, *most]),
        ..(*worst?).clone()
    })
}

fn most(one: Calls, other: Calls) -> Calls {
    Calls {
        total: one.total.max(other.total),
        judged: one.judged.max(other.judged),
        warming: one.warming.max(other.warming),
        skipped: one.skipped.max(other.skipped),
        unwound: one.unwound.max(other.unwound),
        unchecked: one.unchecked.max(other.unchecked),
        exceeded: one.exceeded.max(other.exceeded),
    }
}
