//! Nextest: parts, retries, tests that are left out.

use std::process::{Command, Stdio};

use cargo_alloc_budget::report::Shard;
use cargo_alloc_budget::report::lane::Runner;

use crate::codec;
use crate::support::Workspace;

/// Nextest is not part of a clean clone. These tests say that they did nothing without it.
pub(crate) fn has_nextest() -> bool {
    let mut command = Command::new("cargo");
    let version = command.args(["nextest", "--version"]).stdout(Stdio::null()).stderr(Stdio::null()).status();
    let is_there = version.is_ok_and(|status| status.success());
    if !is_there {
        eprintln!("skipped: `cargo nextest` is not installed");
    }
    is_there
}

fn several() -> Workspace {
    codec(
        "#[test] fn a() { one(1); }\n#[test] fn b() { generous(&1u8, 2); }
        #[test] fn c() { generous(&\"x\".to_owned(), 2); }\n#[test] #[ignore] fn ignored() {}",
    )
}

#[test]
fn nextest_says_the_same_as_cargo() {
    if !has_nextest() {
        return;
    }
    let workspace = several();
    let by_cargo = workspace.tool(&["test"]).ended_with(0);
    let by_nextest = workspace.tool(&["test", "--runner", "nextest"]).ended_with(0);
    by_nextest.is_complete();
    let (one, other) = (by_cargo.report(), by_nextest.report());
    assert_eq!(one.budgets, other.budgets);
    assert_eq!((other.lane.runner, other.run.passed, other.run.ignored), (Runner::Nextest, 3, 1));
    assert!(by_nextest.stderr.contains("3 tests run: 3 passed"), "{}", by_nextest.stderr);
}

#[test]
fn the_workspace_may_choose_nextest() {
    if !has_nextest() {
        return;
    }
    let workspace = several();
    workspace.write(".config/nextest.toml", "[profile.default]\n");
    let run = workspace.tool(&["test"]).ended_with(0);
    assert_eq!(run.report().lane.runner, Runner::Nextest);
}

#[test]
fn documentation_is_run_beside_nextest() {
    if !has_nextest() {
        return;
    }
    let workspace = codec("#[test] fn a() { one(1); }");
    let library = std::fs::read_to_string(workspace.path("src/lib.rs")).unwrap();
    let library =
        library.replace("pub fn zero", "/// ```\n/// codec::generous(&1u8, 2);\n/// ```\npub fn zero");
    workspace.write("src/lib.rs", &library);
    let run = workspace.tool(&["test", "--runner", "nextest"]).ended_with(0);
    run.is_complete();
    assert_eq!((run.worst("codec::generous"), run.report().run.passed), (1, 2));
}

#[test]
fn shards_are_parts_of_everything() {
    if !has_nextest() {
        return;
    }
    let workspace = several();
    let mut tests = Vec::new();
    for index in 1..=2 {
        let run = workspace.tool(&["test", "--shard", &format!("{index}/2")]).ended_with(0);
        let report = run.report();
        assert_eq!(report.run.shard, Some(Shard { index, count: 2 }));
        assert!(report.run.incomplete.is_empty() && !report.run.is_complete(), "{}", run.json);
        tests.extend(report.budgets.iter().flat_map(|budget| budget.tests.clone()));
    }
    tests.sort();
    assert_eq!(tests, ["tests::a", "tests::b", "tests::c"]);
    for wrong in ["0/2", "3/2", "2", "x/y"] {
        let run = workspace.tool(&["test", "--shard", wrong]).ended_with(1);
        assert!(run.stderr.contains("write `--shard 2/4`"), "{}", run.stderr);
    }
    let run = workspace.tool(&["test", "--runner", "cargo", "--shard", "1/2"]).ended_with(1);
    assert!(run.stderr.contains("needs `--runner nextest`"), "{}", run.stderr);
}

#[test]
fn a_retry_does_not_erase_what_failed() {
    if !has_nextest() {
        return;
    }
    let workspace = codec(
        "#[test] fn flaky() {
            let is_first = std::env::var(\"NEXTEST_ATTEMPT\").as_deref() == Ok(\"1\");
            one(1);
            if is_first { zero(3); }
        }",
    );
    workspace.write(".config/nextest.toml", "[profile.default]\nretries = 1\n");
    let run = workspace.tool(&["test"]).ended_with(3);
    run.lacks("`codec tests::flaky` was tried 2 times");
    let zero = run.budget("codec::zero");
    assert_eq!((run.worst("codec::zero"), zero.calls.exceeded, zero.overages[0].expected), (1, 1, false));
}

#[test]
fn nextest_stops_early_and_that_is_said() {
    if !has_nextest() {
        return;
    }
    let workspace =
        codec("#[test] fn a() { panic!() }\n#[test] fn b() { one(1); }\n#[test] fn c() { one(1); }");
    let stopped = workspace.tool_with(&["test", "--runner", "nextest"], |command| {
        command.env("NEXTEST_TEST_THREADS", "1");
    });
    stopped.ended_with(100).lacks("2 tests were not run");
    let run = workspace.tool(&["test", "--runner", "nextest", "--no-fail-fast"]).ended_with(100);
    assert!(!run.report().run.incomplete.iter().any(|reason| reason.contains("not run")), "{}", run.json);
    assert_eq!(run.report().run.failures, ["codec tests::a"]);
}

#[test]
fn a_filter_of_nextest_is_said() {
    if !has_nextest() {
        return;
    }
    let run = several().tool(&["test", "--runner", "nextest", "tests::a"]).ended_with(0);
    run.lacks("2 tests were left out by a filter");
}

/// A process that nextest ends has no end in its record.
#[test]
fn a_test_that_takes_too_long_is_incomplete() {
    if !has_nextest() {
        return;
    }
    let workspace = codec("#[test] fn hangs() { one(1); loop { std::thread::park(); } }");
    workspace.write(
        ".config/nextest.toml",
        "[profile.default]\nslow-timeout = { period = \"1s\", terminate-after = 1, grace-period = \"0s\" }\n",
    );
    let run = workspace.tool(&["test"]).ended_with(100);
    run.lacks("a process of codec was stopped before its end");
}
