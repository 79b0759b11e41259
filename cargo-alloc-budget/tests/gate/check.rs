//! The gate goes red for each reason that it has, and green when that is gone.

use crate::LIBRARY;
use crate::support::Workspace;

const EXCEPTIONS: &str = "
[[allow]]
path = \"codec::generous\"
slack = 11
reason = \"grows with the fixture\"

[[allow]]
path = \"codec::unreached\"
unreached = true
reason = \"only on errors\"
";

#[test]
fn the_ratchet_goes_red_and_green() {
    let workspace = Workspace::of_codec(&[("src/lib.rs", LIBRARY)]);
    let run = workspace.tool(&["check"]).ended_with(0);
    assert!(run.stdout.contains(" 3 budgets · 1 generous · 1 unreached\n"), "{}", run.stdout);

    let red = workspace.tool(&["check", "--ratchet"]).ended_with(4);
    for words in [
        "error: the budget of `codec::generous` is more generous than it has to be\n --> src/lib.rs:8:22\n",
        "8 | #[alloc_budget(max = 12)]\n  |                      ^^ worst in 1 call of 1 test: 1\n",
        "8 + #[alloc_budget(max = 1)]\n",
        "path = \"codec::generous\"\n          slack = 11\n",
        "error: no test reaches the budget of `codec::unreached`\n  --> src/lib.rs:13:3\n",
    ] {
        assert!(red.stdout.contains(words), "{words:?} is not in\n{}", red.stdout);
    }
    assert!(!red.stdout.contains("error: the budget of `codec::tight`"), "{}", red.stdout);

    workspace.write("alloc-budget.toml", EXCEPTIONS);
    let green = workspace.tool(&["check", "--ratchet"]).ended_with(0);
    assert!(!green.stderr.contains("excuses nothing"), "{}", green.stderr);

    workspace.write("alloc-budget.toml", &EXCEPTIONS.replace("slack = 11", "slack = 10"));
    workspace.tool(&["check", "--ratchet"]).ended_with(4);
    workspace.write("alloc-budget.toml", &(EXCEPTIONS.to_owned() + &EXCEPTIONS.replace("codec::", "gone::")));
    let unused = workspace.tool(&["check", "--ratchet"]).ended_with(0);
    assert!(
        unused.stderr.contains("the exception for `gone::generous` excuses nothing"),
        "{}",
        unused.stderr
    );
    workspace.write("alloc-budget.toml", "slak = 3\n");
    let wrong = workspace.tool(&["check"]).ended_with(1);
    assert!(
        wrong.stderr.contains("line 1") && wrong.stderr.contains("unknown field `slak`"),
        "{}",
        wrong.stderr
    );
}

#[test]
fn a_ratchet_needs_all_tests() {
    let workspace = Workspace::of_codec(&[("src/lib.rs", LIBRARY)]);
    let some = workspace.tool(&["check", "--ratchet", "calls_too"]).ended_with(5);
    assert!(some.stderr.contains("the run is incomplete, and a ratchet needs all tests"), "{}", some.stderr);
    // Its report is no better later.
    let report = "target/alloc-budget/report.json";
    workspace.tool(&["check", "--ratchet", "--report", report]).ended_with(5);
    workspace.tool(&["check", "--report", report]).ended_with(0);
}

#[test]
fn an_overage_is_red_in_every_form() {
    let library = LIBRARY.replace("max = 1)", "max = 0)");
    let workspace = Workspace::of_codec(&[("src/lib.rs", &library)]);
    let run = workspace.tool(&["check"]).ended_with(3);
    assert!(
        run.stdout.contains("src/lib.rs:4  codec::tight  1 of 0 allocations in tests::calls"),
        "{}",
        run.stdout
    );
    let report = ["check", "--report", "target/alloc-budget/report.json"];
    workspace.tool(&[&report[..], &["--ratchet"]].concat()).ended_with(3);
    let summary = workspace.path("summary.md");
    let to_github = ["--format", "github", "--summary", summary.to_str().unwrap()];
    let github = workspace.tool(&[&report[..], &to_github].concat()).ended_with(3);
    assert!(github.stdout.contains("::error file=src/lib.rs,line="), "{}", github.stdout);
    let written = std::fs::read_to_string(&summary).unwrap();
    assert!(written.starts_with("### Allocation budgets: 1 exceeded"), "{written}");
    // A summary is appended to what other steps have written.
    workspace.tool(&[&report[..], &to_github].concat()).ended_with(3);
    assert_eq!(std::fs::read_to_string(&summary).unwrap(), written.repeat(2));
}

#[test]
fn where_nothing_is_recorded_nothing_is_green() {
    let workspace = Workspace::of_codec(&[("src/lib.rs", "#[test]\nfn nothing() {}\n")]);
    let run = workspace.tool(&["check"]).ended_with(5);
    assert!(run.stderr.contains("no budget was recorded"), "{}", run.stderr);
    let missing = workspace.tool(&["check", "--report", "gone.json"]).ended_with(1);
    assert!(missing.stderr.contains("can't read gone.json"), "{}", missing.stderr);
}
