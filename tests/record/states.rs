//! Beside the other variables, and where nothing counts.

use std::panic::catch_unwind;

use alloc_budget::Budget;

use crate::budgets::*;
use crate::process::{alone, calls, run};

#[test]
fn off_is_written() {
    let name = "states::off_is_written";
    let each = || {
        over(1);
        drop(fallible(true));
        support::block_on(waits(1));
        Budget::new().max(0).name("given").enforce(|| allocate(1));
    };
    let Some(run) = run(name, &[("ALLOC_BUDGET", "off")], each) else { return };
    let record = run.passed();
    assert_eq!((&record.header["state"], &record.header["trace"]), (&"off".into(), &"off".into()));
    for budget in ["over", "fallible", "waits", "given"] {
        let at = record.at(budget, Some(name));
        assert_eq!(calls(at), [1, 0, 0, 0, 0, 1, 0], "{budget}");
        assert!(at["max"]["worst"].is_null());
    }
}

#[test]
fn strict_goes_with_a_record() {
    let name = "states::strict_goes_with_a_record";
    let each = || {
        exact();
        assert!(catch_unwind(|| over(1)).is_err());
    };
    let Some(run) = run(name, &[("ALLOC_BUDGET", "strict")], each) else { return };
    assert_eq!(run.output.status.code(), Some(101));
    let said = String::from_utf8_lossy(&run.output.stderr).into_owned();
    assert!(said.contains("the allocation budget of `budgets::over` was exceeded once"), "{said}");
    let record = run.one();
    assert!(record.is_whole);
    assert_eq!(calls(record.at("over", Some(name))), [1, 1, 0, 0, 0, 0, 1]);
    assert_eq!(calls(record.at("exact", Some(name))), [1, 1, 0, 0, 0, 0, 0]);
}

/// What the process says is what it says without a record.
#[test]
fn nothing_more_is_said() {
    let name = "states::nothing_more_is_said";
    let each = || {
        exact();
        over(1);
    };
    for action in ["panic", "warn", "count"] {
        let environment = [("ALLOC_BUDGET", action)];
        let Some(run) = run(name, &environment, each) else { return };
        let without = alone(name).envs(environment).output().unwrap();
        let said = |said: &[u8]| {
            let said = String::from_utf8_lossy(said);
            let start = said.split("finished in").next().unwrap_or_default();
            // Numbers of threads and what a process's own addresses decide.
            start.replace(|c: char| c.is_ascii_digit(), "")
        };
        assert_eq!(run.output.status, without.status);
        assert_eq!(said(&run.output.stdout), said(&without.stdout));
        assert_eq!(said(&run.output.stderr), said(&without.stderr));
        assert_eq!(run.one().overages("over").len(), 1);
    }
}

/// A process without a budget writes nothing.
#[test]
fn without_budgets_there_is_no_file() {
    let Some(run) = run("states::without_budgets_there_is_no_file", &[], || allocate(1)) else { return };
    assert!(run.output.status.success() && run.records.is_empty());
}
