//! What each line says.

use std::panic::catch_unwind;
use std::pin::pin;
use std::thread;

use alloc_budget::{Budget, IterWithBudget, OnOverage, WithBudget};
use serde_json::{Value, json};
use support::{block_on, poll};

use crate::budgets::*;
use crate::process::{calls, run};

#[test]
fn the_header_is_of_the_process() {
    let name = "lines::the_header_is_of_the_process";
    let environment = [("CARGO_PKG_NAME", "codec"), ("CARGO_MANIFEST_DIR", "/some/where")];
    let Some(run) = run(name, &environment, exact) else { return };
    let record = run.passed();
    let mut header = record.header;
    assert!(header["pid"].as_u64().unwrap() > 0);
    header["pid"] = Value::Null;
    let exe = std::env::current_exe().unwrap();
    let cwd = std::env::current_dir().unwrap();
    let expected = json!({
        "alloc_budget": 1,
        "runtime": "0.1.0",
        "pid": null,
        "forked_from": null,
        "exe": exe.to_str().unwrap(),
        "cwd": cwd.to_str().unwrap(),
        "package": "codec",
        "manifest_dir": "/some/where",
        "os": std::env::consts::OS,
        "arch": std::env::consts::ARCH,
        "pointer_width": usize::BITS,
        "debug_assertions": cfg!(debug_assertions),
        "state": "counting",
        "trace": "overage",
        "nextest": null,
        "args": [name, "--exact", "--nocapture"],
    });
    assert_eq!(header, expected);
    assert!(record.is_whole);
}

#[test]
fn the_header_knows_of_nextest() {
    let environment = [
        ("NEXTEST_RUN_ID", "a-b"),
        ("NEXTEST_BINARY_ID", "codec::it"),
        ("NEXTEST_TEST_NAME", "tests::frames"),
        ("NEXTEST_ATTEMPT", "2"),
        ("ALLOC_BUDGET_TRACE", "off"),
    ];
    let both = || {
        exact();
        thread::spawn(exact).join().unwrap();
    };
    let Some(run) = run("lines::the_header_knows_of_nextest", &environment, both) else { return };
    let record = run.passed();
    let expected = json!({"run_id": "a-b", "binary_id": "codec::it", "test": "tests::frames", "attempt": 2});
    assert_eq!((&record.header["nextest"], &record.header["trace"]), (&expected, &json!("off")));
    // Whichever thread it is.
    assert_eq!(record.at("exact", Some("tests::frames"))["calls"], 2);
}

#[test]
fn a_site_is_a_budget_in_the_source() {
    let name = "lines::a_site_is_a_budget_in_the_source";
    let each = || {
        exact();
        Encoder(1_u8).frame();
        Encoder(1_u64).frame();
        frees(Vec::new());
        of_all_threads();
        block();
        Budget::new().max(5).name("a value").on_overage(OnOverage::Count).all_threads().enforce(|| ());
    };
    let Some(run) = run(name, &[], each) else { return };
    let record = run.passed();
    let lines: Vec<_> = include_str!("budgets.rs").lines().collect();
    let line_of = |text: &str| lines.iter().position(|line| line.contains(text)).unwrap() + 1;
    let file = json!(["tests", "record", "budgets.rs"].join(std::path::MAIN_SEPARATOR_STR));
    let without_number = |site: &Value| {
        let mut site = site.clone();
        site.as_object_mut().unwrap().remove("site");
        site
    };
    let function = |path: &str, line: usize, column: u32| {
        json!({
            "crate": "record", "path": path, "name": null, "instance": null, "file": file, "line": line,
            "column": column, "kind": "function", "measures": false, "threads": "own",
            "on_overage": "panic",
        })
    };
    let mut expected = function("record::budgets::exact", line_of("fn exact()"), 1);
    assert_eq!(without_number(record.site("exact")), expected);

    expected = function("record::budgets::frees", line_of("fn frees("), 1);
    expected["measures"] = json!(true);
    assert_eq!(without_number(record.site("frees")), expected);

    expected = function("record::budgets::of_all_threads", line_of("fn of_all_threads"), 1);
    expected["threads"] = json!("all");
    assert_eq!(without_number(record.site("of_all_threads")), expected);

    expected = function("record::budgets::block", line_of("budget!(max"), 5);
    expected["name"] = json!("the block");
    expected["kind"] = json!("block");
    assert_eq!(without_number(record.site("the block")), expected);

    expected = function("record::budgets::Encoder::frame", line_of("fn frame"), 5);
    expected["name"] = json!("a \"frame\"");
    expected["on_overage"] = json!("warn");
    let frames: Vec<_> = record.sites().into_iter().filter(|site| site["name"] == "a \"frame\"").collect();
    // All instances of a generic function are one budget.
    let [frame] = frames[..] else { panic!("{frames:#?}") };
    assert_eq!(without_number(frame), expected);

    let value = record.site("a value");
    assert_eq!(
        (&value["crate"], &value["path"], &value["instance"]),
        (&Value::Null, &json!("a value"), &Value::Null)
    );
    assert_eq!(
        (&value["kind"], &value["threads"], &value["on_overage"]),
        (&json!("value"), &json!("all"), &json!("count"))
    );
    let own = include_str!("lines.rs").lines().position(|line| line.contains(".name(\"a value\")")).unwrap();
    assert!(value["file"].as_str().unwrap().ends_with("lines.rs"));
    assert_eq!(value["line"], own + 1);
}

#[test]
fn a_call_has_all_quantities() {
    let name = "lines::a_call_has_all_quantities";
    let each = || {
        everything(&mut Vec::new());
        plain(&[10]);
        plain(&[20, 30]);
        plain(&[60]);
        frees(vec![vec![0; 30]]);
    };
    let Some(run) = run(name, &[], each) else { return };
    let record = run.passed();
    let free = |[least, worst]: [i64; 2], call: u64| json!({"least": least, "worst": worst, "limits": null, "slack": null, "call": call});
    let limited = |[least, worst]: [i64; 2], limit: u64, slack: i64, call: u64| json!({"least": least, "worst": worst, "limits": [limit, limit], "slack": slack, "call": call});
    let number = |of: &str| &record.site(of)["site"];
    let everything = json!({
        "at": number("everything"), "test": name, "calls": 1, "judged": 1, "warming": 0, "skipped": 0,
        "unwound": 0, "unchecked": 0, "exceeded": 0, "total": {"allocations": 3, "bytes": 640},
        "own": {"allocations": 3, "bytes": 640},
        "max": free([3; 2], 1), "max_bytes": free([640; 2], 1), "max_peak_bytes": limited([440; 2], 1000, 560, 1),
        "max_retained_bytes": limited([400; 2], 1000, 600, 1), "max_reallocs": limited([1; 2], 10, 9, 1),
        "max_deallocs": limited([2; 2], 11, 9, 1),
        // What is within this limit is not known.
        "max_block_bytes": {"least": null, "worst": null, "limits": [500, 500], "slack": null, "call": null},
        "max_surviving_bytes": limited([400; 2], 1000, 600, 1), "max_exempt": limited([1; 2], 5, 4, 1),
        "exempt": {"allocations": 1, "bytes": 10},
    });
    assert_eq!(*record.at("everything", Some(name)), everything);
    let plain = json!({
        "at": number("plain"), "test": name, "calls": 3, "judged": 3, "warming": 0, "skipped": 0,
        "unwound": 0, "unchecked": 0, "exceeded": 0, "total": {"allocations": 4, "bytes": 120},
        "own": {"allocations": 4, "bytes": 120},
        "max": limited([1, 2], 2, 0, 2), "max_bytes": limited([10, 60], 100, 40, 3),
        "max_peak_bytes": free([10, 60], 3), "max_retained_bytes": free([0; 2], 1),
        "max_reallocs": free([0; 2], 1), "max_deallocs": free([1, 2], 2),
    });
    assert_eq!(*record.at("plain", Some(name)), plain);
    let frees = record.at("frees", Some(name));
    assert_eq!(frees["max_retained_bytes"], free([-30 - i64::try_from(size_of::<Vec<u8>>()).unwrap(); 2], 1));
    assert_eq!(calls(frees), [1, 0, 0, 0, 0, 0, 0]);
}

/// What a call did by itself is without the budgets that it has called, however deep, and also
/// where one of them has ended by a panic.
#[test]
fn own_events_are_without_those_of_calls_inside() {
    let name = "lines::own_events_are_without_those_of_calls_inside";
    let each = || {
        let inner = || {
            allocate(5);
            Budget::new().max(9).name("deepest").enforce(|| allocate(7));
        };
        let unwinds = || {
            allocate(1);
            panic!("on purpose");
        };
        Budget::new().max(99).name("outermost").enforce(|| {
            allocate(3);
            for _ in 0..2 {
                Budget::new().max(99).name("inner").enforce(inner);
            }
        });
        let deep = Budget::new().max(99).name("unwound");
        assert!(catch_unwind(|| deep.enforce(unwinds)).is_err());
        Budget::new().max(99).name("last").enforce(|| allocate(2));
    };
    let Some(run) = run(name, &[], each) else { return };
    let record = run.passed();
    for (budget, allocations, bytes) in
        [("outermost", 1, 3), ("inner", 2, 10), ("deepest", 2, 14), ("last", 1, 2)]
    {
        let at = record.at(budget, Some(name));
        assert_eq!(at["own"], json!({"allocations": allocations, "bytes": bytes}), "{budget}");
    }
    assert_eq!(record.at("outermost", Some(name))["total"], json!({"allocations": 5, "bytes": 27}));
}

/// The limits may be other ones in each call: the slack is that of the tightest call.
#[test]
fn limits_and_slack_are_those_of_all_calls() {
    let name = "lines::limits_and_slack_are_those_of_all_calls";
    let each = || {
        roomy(&[1, 2, 3], 2);
        roomy(&[1], 1);
        roomy(&[1; 10], 5);
    };
    let Some(run) = run(name, &[], each) else { return };
    let expected = json!({"least": 1, "worst": 10, "limits": [2, 15], "slack": 1, "call": 3});
    assert_eq!(run.passed().at("roomy", Some(name))["max"], expected);
}

#[test]
fn calls_end_in_many_ways() {
    let name = "lines::calls_end_in_many_ways";
    let each = || {
        warm(100);
        warm(0);
        primed();
        assert!(fallible(true).is_err() && fallible(false).is_ok());
        assert!(catch_unwind(fallible_and_unwinds).is_err());
        unwinds(false);
        assert!(catch_unwind(|| unwinds(true)).is_err());
        // Ends by a panic that is not its own.
        let outer = Budget::new().max(9).name("outer");
        assert!(catch_unwind(|| outer.enforce(|| unwinds(true))).is_err());
        block_on(waits(2));
        block_on(waits_measured());
        block_on(returns_a_future());
        // Dropped while they wait.
        assert!(poll(pin!(waits(1))).is_pending());
        assert!(poll(pin!(returns_a_future())).is_pending());
        assert!(poll(pin!(waits(1).with_budget(Budget::new().name("given")))).is_pending());
    };
    let Some(run) = run(name, &[], each) else { return };
    let record = run.passed();
    for (budget, expected) in [
        ("warm", [2, 1, 1, 0, 0, 0, 0]),
        ("primed", [1, 1, 0, 0, 0, 0, 0]),
        ("fallible", [2, 1, 0, 1, 0, 0, 0]),
        ("fallible_and_unwinds", [1, 0, 0, 0, 1, 0, 0]),
        ("unwinds", [3, 1, 0, 0, 2, 0, 0]),
        ("outer", [1, 0, 0, 0, 1, 0, 0]),
        ("waits", [3, 1, 0, 0, 2, 0, 0]),
        ("waits_measured", [1, 0, 0, 0, 0, 0, 0]),
        ("returns_a_future", [2, 1, 0, 0, 1, 0, 0]),
        ("given", [1, 0, 0, 0, 1, 0, 0]),
    ] {
        assert_eq!(calls(record.at(budget, Some(name))), expected, "{budget}");
    }
    // What is not judged is no worst value.
    assert_eq!(record.at("warm", Some(name))["max"]["worst"], 0);
    assert_eq!(record.at("fallible", Some(name))["max_bytes"]["worst"], 8);
    assert_eq!(record.at("outer", Some(name))["max"]["worst"], Value::Null);
    assert_eq!(
        record.at("waits", Some(name))["max"],
        json!({"least": 2, "worst": 2, "limits": [6, 6], "slack": 4, "call": 1})
    );
    assert_eq!(record.at("waits_measured", Some(name))["max_bytes"]["worst"], 16);
}

#[test]
fn values_are_budgets_too() {
    let name = "lines::values_are_budgets_too";
    let each = || {
        let budget = Budget::new().max(5).name("enforced");
        budget.enforce(|| allocate(7));
        Budget::new().max(4).name("checked").check(|| allocate(9)).unwrap();
        // Handed out as data: nobody is told of it but the caller.
        assert!(Budget::new().max(0).name("refused").check(|| allocate(9)).is_err());
        block_on(async { allocate(11) }.with_budget(Budget::new().max(6).name("a future")));
        let iterator = [1, 2].into_iter().map(allocate);
        iterator.with_budget(Budget::new().max(7).name("an iterator")).for_each(drop);
        assert!(catch_unwind(|| Budget::new().name("panics").enforce(|| panic!("on purpose"))).is_err());
    };
    let Some(run) = run(name, &[], each) else { return };
    let record = run.passed();
    for (label, worst, limit, bytes) in [
        ("enforced", 1, 5, 7),
        ("checked", 1, 4, 9),
        ("refused", 1, 0, 9),
        ("a future", 1, 6, 11),
        ("an iterator", 2, 7, 3),
    ] {
        let at = record.at(label, Some(name));
        let slack = limit - worst;
        assert_eq!(calls(at), [1, 1, 0, 0, 0, 0, 0], "{label}");
        assert_eq!(
            at["max"],
            json!({"least": worst, "worst": worst, "limits": [limit, limit], "slack": slack, "call": 1})
        );
        assert_eq!(at["total"], json!({"allocations": worst, "bytes": bytes}));
    }
    assert_eq!(calls(record.at("panics", Some(name))), [1, 0, 0, 0, 1, 0, 0]);
}

/// A test is known by its thread; those that it starts are nobody's, whatever they do.
#[test]
fn threads_of_a_test_have_no_test() {
    let name = "lines::threads_of_a_test_have_no_test";
    let each = || {
        plain(&[1]);
        for sizes in [vec![5], vec![1, 2], vec![3, 4]] {
            thread::spawn(move || plain(&sizes)).join().unwrap();
        }
        thread::Builder::new().name("pool".into()).spawn(exact).unwrap().join().unwrap();
    };
    let Some(run) = run(name, &[], each) else { return };
    let record = run.passed();
    assert_eq!(record.at("plain", Some(name))["calls"], 1);
    let others = record.at("plain", None);
    // Calls are numbered from one thread to the next.
    assert_eq!(
        (&others["calls"], &others["max"]["worst"], &others["max"]["call"]),
        (&json!(3), &json!(2), &json!(2))
    );
    assert_eq!(others["max_bytes"]["call"], 3);
    assert_eq!(record.at("exact", Some("pool"))["calls"], 1);
}

#[test]
fn peaks_of_all_threads_are_known() {
    let name = "lines::peaks_of_all_threads_are_known";
    let each = || {
        of_all_threads();
    };
    let Some(run) = run(name, &[], each) else { return };
    let record = run.passed();
    let peak = record.at("of_all_threads", Some(name))["max_peak_bytes"]["worst"].as_i64();
    assert!(peak >= Some(24), "{peak:?}");
}

/// But for what names a process and its file.
#[test]
fn the_same_run_writes_the_same() {
    let name = "lines::the_same_run_writes_the_same";
    let each = || {
        for size in 1..20 {
            plain(&[size]);
            roomy(&[1; 3], size);
            Encoder(size).frame();
            let _ = catch_unwind(|| over(size));
        }
    };
    let mut all = Vec::new();
    for _ in 0..2 {
        let Some(run) = run(name, &[], each) else { return };
        let record = run.passed();
        assert!(record.lines.len() > 8 && record.is_whole);
        all.push(record.without_checkpoints());
    }
    assert!(all[0] == all[1], "{:#?}", all[0].iter().zip(&all[1]).find(|(a, b)| a != b));
}
