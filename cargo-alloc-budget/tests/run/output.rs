//! What stands on stdout: the tests' own output in front of a table, and any other result alone.

use std::io::Write as _;
use std::process::{Command, Stdio};

use cargo_alloc_budget::report::Report;

use crate::codec;
use crate::runners::has_nextest;
use crate::support::Workspace;

/// Its test prints while it runs, and exceeds a budget.
fn talkative() -> Workspace {
    codec("#[test] fn talks() { println!(\"--- a/printed\"); one(2); zero(3); }")
}

fn runners() -> impl Iterator<Item = &'static str> {
    ["cargo", "nextest"].into_iter().filter(|runner| *runner == "cargo" || has_nextest())
}

#[test]
fn what_a_program_reads_is_alone_on_stdout() {
    let workspace = talkative();
    for runner in runners() {
        let result = |args: &[&str]| {
            let run = workspace.tool(&[args, &["--runner", runner, "--", "--nocapture"]].concat());
            assert!(run.stderr.contains("--- a/printed"), "{args:?} {runner}: {}", run.stderr);
            run.stdout
        };
        let report = result(&["test", "--format", "json"]);
        assert!(Report::parse(&report).is_ok(), "{report}");
        let sarif = result(&["check", "--format", "sarif"]);
        assert!(serde_json::from_str::<serde_json::Value>(&sarif).is_ok(), "{sarif}");
        let doctor = result(&["doctor"]);
        assert_eq!(doctor, "codec (lib): counts\n");
        let table = workspace.tool(&["test", "--runner", runner, "--", "--nocapture"]).stdout;
        assert!(table.contains("--- a/printed") && table.contains(" codec::zero"), "{table}");
    }
}

#[test]
fn a_diff_can_be_piped() {
    let workspace = talkative();
    for runner in runners() {
        let args = ["bless", "--dry-run", "--runner", runner, "--", "--nocapture"];
        let run = workspace.tool(&args).ended_with(0);
        assert!(run.stdout.starts_with("--- a/src/lib.rs\n"), "{}", run.stdout);
        apply(workspace.command("git"), &run.stdout);
        let blessed = workspace.tool(&args).ended_with(0);
        assert_eq!(blessed.stdout, "");
        assert!(blessed.stderr.contains("there is nothing to do"), "{}", blessed.stderr);
        // And back, for the next runner.
        let library = std::fs::read_to_string(workspace.path("src/lib.rs")).unwrap();
        workspace
            .write("src/lib.rs", &library.replacen("max = 1)]\npub fn zero", "max = 0)]\npub fn zero", 1));
    }
}

fn apply(mut git: Command, diff: &str) {
    let mut git = git.arg("apply").stdin(Stdio::piped()).spawn().unwrap();
    git.stdin.take().unwrap().write_all(diff.as_bytes()).unwrap();
    assert!(git.wait().unwrap().success(), "{diff}");
}
