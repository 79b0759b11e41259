//! `ALLOC_BUDGET_TRACE=full`: the call sites of all allocations.

use std::thread;

use serde_json::{Value, json};

use crate::budgets::*;
use crate::process::run;

const FULL: [(&str, &str); 1] = [("ALLOC_BUDGET_TRACE", "full")];

/// The frames of a stack, and what they allocated: without the numbers of lines, and without
/// modules, which an optimised build does not know of inlined functions.
fn stacks(traced: &Value) -> Vec<(Vec<String>, [u64; 2])> {
    let stacks = traced["stacks"].as_array().unwrap().iter();
    let frame = |frame: &Value| {
        let name = frame.as_str().unwrap().split(" (").next().unwrap();
        name.rsplit("::").next().unwrap().to_owned()
    };
    stacks
        .map(|stack| {
            let frames = stack["frames"].as_array().unwrap().iter().map(frame).collect();
            (frames, ["allocations", "bytes"].map(|sum| stack[sum].as_u64().unwrap()))
        })
        .collect()
}

#[test]
fn stacks_begin_with_the_budget() {
    let name = "traced::stacks_begin_with_the_budget";
    let each = || {
        plain(&[1, 2]);
        plain(&[3]);
        thread::spawn(|| plain(&[4])).join().unwrap();
        Encoder(1_u8).frame();
        frees(vec![vec![1]]);
    };
    let Some(run) = run(name, &FULL, each) else { return };
    let record = run.passed();
    assert_eq!(record.header["trace"], "full");
    let plain = record.traced("plain");
    let [(frames, sums)] = &stacks(plain)[..] else { panic!("{plain:#}") };
    assert_eq!(frames[..3], ["plain", "allocate", "vec!"]);
    assert_eq!(*sums, [4, 1 + 2 + 3 + 4]);
    let line = plain["stacks"][0]["frames"][1].as_str().unwrap();
    let file = ["tests", "record", "budgets.rs"].join(std::path::MAIN_SEPARATOR_STR);
    assert!(line.contains(&format!("allocate ({file}:")), "{line}");
    let [(frames, sums)] = &stacks(record.traced("a \"frame\""))[..] else { panic!() };
    assert_eq!((&*frames[0], *sums), ("frame", [1, 4]));
}

#[test]
fn measured_functions_have_them_too() {
    let name = "traced::measured_functions_have_them_too";
    let Some(run) = run(name, &FULL, || measured(7)) else { return };
    let record = run.passed();
    let [(frames, sums)] = &stacks(record.traced("measured"))[..] else { panic!() };
    assert_eq!((&frames[..2], *sums), (&["measured".to_owned(), "allocate".to_owned()][..], [1, 7]));
}

#[test]
fn otherwise_there_are_none() {
    let Some(run) = run("traced::otherwise_there_are_none", &[], || plain(&[1])) else { return };
    let record = run.passed();
    assert!(record.lines.iter().all(|line| line["traced"] == json!(null)));
}
