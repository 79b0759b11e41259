//! Baselines by name, by file and by revision.

use crate::LIBRARY;
use crate::support::Workspace;

fn git(workspace: &Workspace, args: &[&str]) {
    let mut command = workspace.command("git");
    let user = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"];
    let output = command.args(user).args(args).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// `tight` allocates twice, lines have moved, and `generous` is called no more.
fn changed() -> String {
    let twice = LIBRARY.replace("{\n    vec![1; n]", "{\n    drop(vec![2; n]);\n    vec![1; n]");
    let library =
        twice.replace("max = 1)", "max = 2)").replace("assert_eq!(super::generous(3), [1; 3]);", "");
    format!("// Moves every line.\n\n{library}")
}

#[test]
fn by_name_and_by_file() {
    let workspace = Workspace::of_codec(&[("src/lib.rs", LIBRARY)]);
    let missing = workspace.tool(&["baseline", "diff", "main"]).ended_with(1);
    assert!(missing.stderr.contains("there is no baseline `main`"), "{}", missing.stderr);
    workspace.tool(&["test"]).ended_with(0);
    workspace.tool(&["baseline", "save", "main"]).ended_with(0);
    workspace.tool(&["baseline", "save", "../main"]).ended_with(1);
    let same = workspace.tool(&["baseline", "diff", "main"]).ended_with(0);
    assert!(same.stdout.starts_with(" nothing has changed · 3 budgets as before"), "{}", same.stdout);
    let same = workspace.tool(&["baseline", "diff", "main", "--format", "md"]).ended_with(0);
    assert_eq!(same.stdout, "");

    workspace.write("src/lib.rs", &changed());
    workspace.tool(&["test"]).ended_with(0);
    let diff = workspace.tool(&["baseline", "diff", "main"]).ended_with(0);
    for words in [
        " raised  codec::tight  src/lib.rs:6\n",
        "max  1 of 1 → 2 of 2\n",
        " worse   codec::generous  src/lib.rs:12\n           no test reaches it any more\n",
        " 1 raised, 1 worse · 1 budget as before",
    ] {
        assert!(diff.stdout.contains(words), "{words:?} is not in\n{}", diff.stdout);
    }
    let file = "target/alloc-budget/baselines/main.json";
    let markdown = workspace.tool(&["baseline", "diff", file, "--format", "md"]).ended_with(0).stdout;
    assert!(markdown.starts_with("### Allocation budgets: 1 raised, 1 worse\n"), "{markdown}");
    let json = workspace.tool(&["baseline", "diff", file, "--format", "json"]).ended_with(0).stdout;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["budgets"][0]["raised"], true);
    assert_eq!(json["unchanged"], 1);

    let page = workspace.tool(&["report", "--format", "md", "--baseline", "main"]).ended_with(0).stdout;
    let (changes, rest) = (page.find("**raised**").unwrap(), page.find("no test reaches it |").unwrap());
    assert!(changes < rest, "{page}");
    let report = ["check", "--report", "target/alloc-budget/report.json", "--baseline", "other"];
    workspace.tool(&report).ended_with(1);
    workspace.tool(&[&report[..], &["--allow-missing-baseline"]].concat()).ended_with(0);
}

#[test]
fn unlike_lanes_are_refused() {
    let workspace = Workspace::of_codec(&[("src/lib.rs", LIBRARY)]);
    let mut report = workspace.tool(&["test"]).ended_with(0).report().clone();
    report.lane.rustc = "1.70".into();
    report.write(&workspace.path("old.json")).unwrap();
    let diff = workspace.tool(&["baseline", "diff", "old.json"]).ended_with(1);
    assert!(diff.stderr.contains("compiler `1.70` and"), "{}", diff.stderr);
}

#[test]
fn by_revision_both_sides_are_built_here() {
    let workspace = Workspace::of_codec(&[("src/lib.rs", LIBRARY), (".gitignore", "target\n")]);
    for args in [&["init", "-q"][..], &["add", "-A"], &["commit", "-q", "-m", "first"]] {
        git(&workspace, args);
    }
    workspace.write("src/lib.rs", &changed());
    let diff = workspace.tool(&["baseline", "diff", "--rev", "HEAD"]).ended_with(0);
    assert!(diff.stdout.starts_with(" raised  codec::tight  src/lib.rs:6\n"), "{}", diff.stdout);
    assert!(diff.stdout.contains(" 1 raised, 1 worse · 1 budget as before"), "{}", diff.stdout);
    // Nothing of it is left in the repository.
    let output = workspace.command("git").args(["worktree", "list"]).output().unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap().lines().count(), 1);
    let gone = workspace.tool(&["baseline", "diff", "--rev", "gone"]).ended_with(1);
    assert!(gone.stderr.contains("git can't check out `gone`"), "{}", gone.stderr);
}
