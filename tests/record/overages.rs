//! Overages are written when they happen, before anything is done about them.

use std::panic::catch_unwind;

use alloc_budget::{Budget, OnOverage, exempt};
use serde_json::json;

use crate::budgets::*;
use crate::process::{calls, run};

#[test]
fn say_which_limits_and_where() {
    let name = "overages::say_which_limits_and_where";
    let each = || {
        plain(&[1]);
        assert!(catch_unwind(|| plain(&[40, 50, 60])).is_err());
    };
    let Some(run) = run(name, &[], each) else { return };
    let record = run.passed();
    let [over] = record.overages("plain")[..] else { panic!("{:#?}", record.lines) };
    assert_eq!((&over["test"], &over["call"]), (&json!(name), &json!(2)));
    let exceeded = json!([
        {"limit": "max", "actual": 3, "allowed": 2},
        {"limit": "max_bytes", "actual": 150, "allowed": 100},
    ]);
    assert_eq!(over["exceeded"], exceeded);
    let [site] = &over["sites"].as_array().unwrap()[..] else { panic!("{over:#}") };
    assert!(site["file"].as_str().unwrap().ends_with("budgets.rs"), "{site:#}");
    assert!(site["line"].as_u64().unwrap() > 100 && site["column"].as_u64().is_some());
    // An optimised build does not know the modules of inlined functions.
    assert!(site["function"].as_str().unwrap().ends_with("allocate"), "{site:#}");
    assert_eq!(site["callee"], "vec!");
    // Past one of the two limits: the third block.
    assert_eq!((&site["allocations"], &site["bytes"]), (&json!(1), &json!(60)));
    assert!(site["callers"][0]["function"].as_str().unwrap().ends_with("plain"), "{site:#}");
    let at = record.at("plain", Some(name));
    assert_eq!(calls(at), [2, 2, 0, 0, 0, 0, 1]);
    assert_eq!(at["max"], json!({"least": 1, "worst": 3, "limits": [2, 2], "slack": -1, "call": 2}));
}

#[test]
fn are_there_for_every_action() {
    for (test_environment, action) in [
        (&[][..], OnOverage::Warn),
        (&[], OnOverage::Count),
        (&[("ALLOC_BUDGET", "count")], OnOverage::Panic),
        (&[("ALLOC_BUDGET", "warn")], OnOverage::Panic),
    ] {
        let name = "overages::are_there_for_every_action";
        let each = || {
            for _ in 0..3 {
                let budget = Budget::new().max(0).name("given").on_overage(action);
                let _ = catch_unwind(|| budget.enforce(|| allocate(1)));
            }
        };
        let action_name = format!("{action:?}");
        let environment = [test_environment, &[("ACTION", &*action_name)]].concat();
        let wanted = std::env::var("ACTION").unwrap_or_else(|_| action_name.clone());
        if wanted != action_name {
            continue;
        }
        let Some(run) = run(name, &environment, each) else { return };
        let record = run.passed();
        assert_eq!(record.overages("given").len(), 3, "{action:?}");
        assert_eq!(calls(record.at("given", Some(name))), [3, 3, 0, 0, 0, 0, 3]);
    }
}

#[test]
fn the_first_sixteen_have_lines() {
    let name = "overages::the_first_sixteen_have_lines";
    let each = || (0..40).for_each(|size| drop(catch_unwind(|| over(size + 1))));
    let Some(run) = run(name, &[], each) else { return };
    let record = run.passed();
    let calls_of: Vec<_> =
        record.overages("over").iter().map(|over| over["call"].as_u64().unwrap()).collect();
    assert_eq!(calls_of, (1..=16).collect::<Vec<_>>());
    assert_eq!(calls(record.at("over", Some(name))), [40, 40, 0, 0, 0, 0, 40]);
    // One with each of these, and what is left at the end.
    let values = record.lines.iter().filter(|line| line.get("at").is_some()).count();
    assert!(values <= 18, "{values}");
}

#[test]
fn of_what_was_exempted_have_a_limit_too() {
    let name = "overages::of_what_was_exempted_have_a_limit_too";
    let each = || {
        let budget = Budget::new().max_exempt(1).name("given");
        assert!(catch_unwind(|| budget.enforce(|| exempt(|| (allocate(3), allocate(4))))).is_err());
    };
    let Some(run) = run(name, &[], each) else { return };
    let record = run.passed();
    let [over] = record.overages("given")[..] else { panic!("{:#?}", record.lines) };
    assert_eq!(over["exceeded"], json!([{"limit": "max_exempt", "actual": 2, "allowed": 1}]));
    let at = record.at("given", Some(name));
    assert_eq!(at["max_exempt"], json!({"least": 2, "worst": 2, "limits": [1, 1], "slack": -1, "call": 1}));
    assert_eq!(at["exempt"], json!({"allocations": 2, "bytes": 7}));
}

#[test]
fn without_stacks_they_have_no_sites() {
    let name = "overages::without_stacks_they_have_no_sites";
    let each = || assert!(catch_unwind(|| over(1)).is_err());
    let Some(run) = run(name, &[("ALLOC_BUDGET_TRACE", "off")], each) else { return };
    assert_eq!(run.passed().overages("over")[0]["sites"], json!([]));
}

/// Whoever wants to see a gate go red.
#[test]
fn a_phantom_is_one_allocation_too_many() {
    let name = "overages::a_phantom_is_one_allocation_too_many";
    let each = || {
        over(0);
        assert_eq!(catch_unwind(exact).is_err(), std::env::var_os("ALLOC_BUDGET_RECORD").is_some());
    };
    let environment = [("ALLOC_BUDGET_PHANTOM", "record::budgets::exact")];
    let Some(run) = run(name, &environment, each) else { return };
    let record = run.passed();
    assert_eq!(record.overages("exact")[0]["exceeded"], json!([{"limit": "max", "actual": 2, "allowed": 1}]));
    assert_eq!(calls(record.at("exact", Some(name))), [1, 1, 0, 0, 0, 0, 1]);
    assert_eq!(calls(record.at("over", Some(name))), [1, 1, 0, 0, 0, 0, 0]);
    // Without a record, it is nobody's.
    let without = crate::process::alone(name).envs(environment).output().unwrap();
    assert!(without.status.success(), "{without:?}");
}
