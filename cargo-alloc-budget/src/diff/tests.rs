//! What counts as a change, and what doesn't.

use super::*;
use crate::report::example;
use crate::report::lane::Runner;

fn report(budgets: Vec<Budget>) -> Report {
    Report { budgets, ..example::report() }
}

/// What has become of each budget, by its path.
fn changes(before: Vec<Budget>, after: Vec<Budget>) -> Vec<(Change, String)> {
    let changes = compare(&report(before), &report(after)).unwrap();
    changes.budgets.into_iter().map(|change| (change.change, change.path)).collect()
}

#[test]
fn new_gone_worse_and_better() {
    let before = vec![
        example::budget("a::better", 9, 2, 1),
        example::budget("a::gone", 9, 1, 1),
        example::budget("a::same", 9, 1, 1),
        example::budget("a::worse", 9, 1, 1),
    ];
    let after = vec![
        example::budget("a::better", 9, 1, 1),
        example::budget("a::new", 9, 1, 1),
        example::budget("a::same", 9, 1, 5),
        example::budget("a::worse", 9, 2, 1),
    ];
    let expected = [
        (Change::Worse, "a::worse"),
        (Change::New, "a::new"),
        (Change::Gone, "a::gone"),
        (Change::Better, "a::better"),
    ];
    assert_eq!(
        changes(before.clone(), after.clone()),
        expected.map(|(change, path)| (change, path.to_owned()))
    );
    assert_eq!(compare(&report(before), &report(after)).unwrap().unchanged, 1);
}

#[test]
fn code_that_moved_is_not_new() {
    let before = example::report().budgets;
    let mut after = before.clone();
    for budget in &mut after {
        budget.line += 100;
        for site in budget.overages.iter_mut().flat_map(|overage| &mut overage.sites) {
            site.line = site.line.map(|line| line + 100);
        }
        for stack in &mut budget.stacks {
            stack.frames = stack.frames.iter().map(|frame| frame.replace(":4", ":14")).collect();
        }
    }
    assert_eq!(changes(before.clone(), after.clone()), []);
    after[4].file = "parse/src/http.rs".into();
    assert_eq!(changes(before, after), [(Change::Moved, "parse::headers".to_owned())]);
}

#[test]
fn a_raised_limit_is_loud_and_first() {
    let before = vec![example::budget("a::f", 1, 1, 1), example::budget("z::g", 1, 1, 1)];
    let after = vec![example::budget("a::f", 1, 2, 1), example::budget("z::g", 5, 1, 1)];
    let changes = compare(&report(before), &report(after)).unwrap().budgets;
    assert_eq!((changes[0].path.as_str(), changes[0].raised), ("z::g", true));
    assert_eq!(changes[0].quantities[0].allowed, [Some("1".to_owned()), Some("5".to_owned())]);
    assert_eq!((changes[1].path.as_str(), changes[1].raised), ("a::f", false));
}

#[test]
fn a_limit_that_is_gone_is_raised() {
    let before = vec![example::budget("a::f", 1, 1, 1)];
    let mut after = before.clone();
    after[0].source.as_mut().unwrap().limits.clear();
    after[0].quantities.get_mut(&Limit::Max).unwrap().limits = None;
    let changes = compare(&report(before), &report(after)).unwrap().budgets;
    assert!(changes[0].raised);
}

#[test]
fn a_test_that_no_longer_reaches_a_budget_makes_it_worse() {
    let before = vec![example::budget("a::f", 1, 1, 1)];
    let mut after = before.clone();
    after[0].calls.total = 0;
    after[0].quantities.clear();
    assert_eq!(changes(before, after), [(Change::Worse, "a::f".to_owned())]);
}

/// A larger argument makes a larger limit.
#[test]
fn limits_that_depend_on_the_call_are_compared_by_slack() {
    let with = |worst, limits, slack| {
        let mut budget = example::report().budgets.remove(2);
        let quantity = budget.quantities.get_mut(&Limit::Max).unwrap();
        *quantity =
            Quantity { worst: Some(worst), limits: Some(limits), slack: Some(slack), ..quantity.clone() };
        vec![budget]
    };
    assert_eq!(changes(with(8, [2, 10], 2), with(98, [2, 100], 2)), []);
    let worse = [(Change::Worse, "codec::render".to_owned())];
    assert_eq!(changes(with(8, [2, 10], 2), with(8, [2, 10], 1)), worse);
}

#[test]
fn what_varies_between_runs_is_no_change() {
    let with = |worst, varies| {
        let mut budget = example::budget("a::f", 99, worst, 1);
        budget.quantities.get_mut(&Limit::Max).unwrap().varies = varies;
        vec![budget]
    };
    assert_eq!(changes(with(32, Some([25, 32])), with(27, None)), []);
    assert_eq!(changes(with(32, Some([25, 32])), with(33, None)), [(Change::Worse, "a::f".to_owned())]);
}

#[test]
fn call_sites_by_function_and_callee() {
    let before = example::report().budgets;
    let mut after = before.clone();
    after[1].overages[0].sites[0].callee = Some("String::push_str".into());
    // Both know all stacks: what is past a limit is among them.
    assert_eq!(changes(before.clone(), after.clone()), []);
    after[1].stacks.clear();
    let changes = compare(&report(before), &report(after)).unwrap().budgets;
    let sites: Vec<_> =
        changes[0].sites.iter().map(|site| (site.change, site.chain.last().unwrap().as_str())).collect();
    assert_eq!(sites, [(Change::New, "String::push_str"), (Change::Gone, "Vec::reserve")]);
}

#[test]
fn stacks_are_compared_by_the_call() {
    let before = example::report().budgets;
    let mut after = before.clone();
    // Twice the tests.
    after[1].calls.total *= 2;
    for stack in &mut after[1].stacks {
        stack.allocations *= 2;
        stack.bytes *= 2;
    }
    assert_eq!(changes(before.clone(), after.clone()), []);
    after[1].stacks[0].allocations += 1;
    let changes = compare(&report(before), &report(after)).unwrap().budgets;
    assert_eq!(changes[0].sites.len(), 1);
    assert_eq!(changes[0].sites[0].change, Change::Worse);
    assert_eq!(changes[0].sites[0].place.as_deref(), Some("codec/src/codec.rs:44"));
}

#[test]
fn budgets_of_a_package_that_was_not_tested_are_not_gone() {
    let before = report(vec![example::budget("a::f", 9, 1, 1), example::budget("b::f", 9, 1, 1)]);
    let mut after = report(vec![example::budget("a::f", 9, 1, 1)]);
    let gone = |after: &Report| compare(&before, after).unwrap().budgets.len();
    assert_eq!(gone(&after), 1);
    after.run.whole_workspace = false;
    after.run.packages = vec!["a".into()];
    assert_eq!(gone(&after), 0);
}

/// As integration tests of one name have them.
#[test]
fn functions_of_two_packages_are_two() {
    let both = |one, other| {
        ["a", "b"].into_iter().zip([one, other]).map(|(package, worst)| Budget {
            package: Some(package.into()),
            ..example::budget("it::f", 9, worst, 1)
        })
    };
    let changes = changes(both(1, 5).collect(), both(5, 1).collect());
    let expected = [Change::Worse, Change::Better].map(|change| (change, "it::f".to_owned()));
    assert_eq!(changes, expected);
}

#[test]
fn unlike_lanes_are_refused() {
    let before = example::report();
    let mut after = before.clone();
    after.lane.profile = "release".into();
    after.lane.runner = Runner::Nextest;
    after.lane.features = vec!["serde".into()];
    let error = compare(&before, &after).unwrap_err().to_string();
    assert!(
        error.contains(
            "profile `dev` and `release`, features `default` and `serde`, runner `cargo` and `nextest`"
        ),
        "{error}"
    );
}

#[test]
fn blocks_without_a_name_are_told_apart_by_their_order() {
    let block = |line, worst| {
        let mut budget = example::budget("a::f", 9, worst, 1);
        budget.line = line;
        budget
    };
    let changes = changes(vec![block(1, 1), block(2, 5)], vec![block(11, 1), block(12, 6)]);
    assert_eq!(changes, [(Change::Worse, "a::f".to_owned())]);
}
