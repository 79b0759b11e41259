//! Many processes, many threads, many budgets.

use std::process::Stdio;
use std::thread;

use crate::budgets::*;
use crate::process::{Folder, alone, calls, is_alone, run};

#[test]
fn processes_have_files_of_their_own() {
    let name = "many::processes_have_files_of_their_own";
    if is_alone() {
        return exact();
    }
    const PROCESSES: usize = 200;
    let folder = Folder::new(name);
    let start = |_| {
        let mut command = alone(name);
        command.env("ALLOC_BUDGET_RECORD", folder.path()).stdout(Stdio::null()).spawn().unwrap()
    };
    let children: Vec<_> = (0..PROCESSES).map(start).collect();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    let records = folder.records();
    assert_eq!(records.len(), PROCESSES);
    for record in records {
        assert!(record.is_whole);
        assert_eq!(calls(record.at("exact", Some(name))), [1, 1, 0, 0, 0, 0, 0]);
    }
}

#[test]
fn threads_are_added_up() {
    let name = "many::threads_are_added_up";
    let all = || {
        thread::scope(|threads| {
            for n in 0..300_usize {
                threads.spawn(move || {
                    for _ in 0..n {
                        exact();
                    }
                    plain(&[n, 1]);
                });
            }
        });
    };
    // They are past `max_bytes` from the hundredth on.
    let Some(run) = run(name, &[("ALLOC_BUDGET", "count")], all) else { return };
    let record = run.one();
    let sum: u64 = (0..300).sum();
    assert_eq!(calls(record.at("exact", None)), [sum, sum, 0, 0, 0, 0, 0]);
    let plain = record.at("plain", None);
    assert_eq!(calls(plain), [300, 300, 0, 0, 0, 0, 200]);
    assert_eq!((&plain["max_bytes"]["worst"], &plain["max_bytes"]["slack"]), (&300.into(), &(-200).into()));
    assert_eq!(record.overages("plain").len(), 16);
}

/// More than there is room for at first.
#[test]
fn budgets_have_a_site_each() {
    use alloc_budget::Budget;

    let name = "many::budgets_have_a_site_each";
    const LABELS: [&str; 40] = [
        "a0", "a1", "a2", "a3", "a4", "a5", "a6", "a7", "a8", "a9", "b0", "b1", "b2", "b3", "b4", "b5", "b6",
        "b7", "b8", "b9", "c0", "c1", "c2", "c3", "c4", "c5", "c6", "c7", "c8", "c9", "d0", "d1", "d2", "d3",
        "d4", "d5", "d6", "d7", "d8", "d9",
    ];
    let all = || {
        for round in 1..=3 {
            for (n, label) in LABELS.into_iter().enumerate() {
                Budget::new().max(200).name(label).enforce(|| (0..n * round).for_each(|_| allocate(1)));
            }
        }
    };
    let Some(run) = run(name, &[], all) else { return };
    let record = run.passed();
    for (n, label) in LABELS.into_iter().enumerate() {
        let at = record.at(label, Some(name));
        assert_eq!((&at["calls"], &at["max"]["worst"]), (&3.into(), &(3 * n).into()), "{label}");
    }
}

/// A function that calls itself is as many calls.
#[test]
fn calls_may_be_nested() {
    let name = "many::calls_may_be_nested";
    let Some(run) = run(name, &[], || nested(100)) else { return };
    let record = run.passed();
    let at = record.at("nested", Some(name));
    assert_eq!(calls(at), [101, 101, 0, 0, 0, 0, 0]);
    // The outermost one ends last.
    assert_eq!((&at["max"]["worst"], &at["max"]["call"]), (&101.into(), &101.into()));
}
