//! The workflow that users copy does what it says: its commands are run here.

use std::fs;
use std::process::Stdio;

use crate::LIBRARY;
use crate::support::{Run, Workspace};

const WORKFLOW: &str = include_str!("../../examples/workflow.yml");

/// The tool's commands, as the workflow has them.
fn commands() -> Vec<&'static str> {
    WORKFLOW.lines().filter_map(|line| line.trim().strip_prefix("- run: cargo alloc-budget ")).collect()
}

/// A command, with what GitHub and the shell put in for its words.
fn run(workspace: &Workspace, command: &str, shard: u32) -> Run {
    let command = command
        .replace("${{ matrix.shard }}", &shard.to_string())
        .replace("shard-*.json", "shard-1.json shard-2.json shard-3.json shard-4.json")
        .replace("\"$GITHUB_STEP_SUMMARY\"", "summary.md");
    assert!(!command.contains(['$', '*', '"']), "{command}");
    workspace.tool(&command.split_whitespace().collect::<Vec<_>>())
}

fn has_nextest(workspace: &Workspace) -> bool {
    let mut nextest = workspace.command("cargo");
    let status = nextest.args(["nextest", "--version"]).stdout(Stdio::null()).stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}

#[test]
fn the_workflows_commands_are_green_and_red() {
    let commands = commands();
    let [test, merge, check] = commands[..] else { panic!("{commands:?}") };
    let workspace = Workspace::of_codec(&[("src/lib.rs", LIBRARY)]);
    if !has_nextest(&workspace) {
        eprintln!("skipped: `cargo nextest` is not installed");
        return;
    }
    for shard in 1..=4 {
        // Two of the four have no test that calls a budget.
        run(&workspace, test, shard).ended_with(0);
    }
    run(&workspace, merge, 0).ended_with(0);
    run(&workspace, check, 0).ended_with(0);
    let summary = fs::read_to_string(workspace.path("summary.md")).unwrap();
    assert!(summary.starts_with("### Allocation budgets: 1 generous, 1 unreached\n"), "{summary}");

    // The main branch's report is the next one's baseline.
    fs::rename(workspace.path("report.json"), workspace.path("main.json")).unwrap();
    workspace.write(
        "src/lib.rs",
        &LIBRARY.replace("{\n    vec![1; n]", "{\n    drop(vec![2; n]);\n    vec![1; n]"),
    );
    let codes: Vec<_> = (1..=4).map(|shard| run(&workspace, test, shard).code).collect();
    assert!(codes.contains(&Some(3)), "{codes:?}");
    run(&workspace, merge, 0).ended_with(0);
    let red = run(&workspace, check, 0).ended_with(3);
    assert!(red.stdout.contains("::error file=src/lib.rs,line=4,"), "{}", red.stdout);
    let summary = fs::read_to_string(workspace.path("summary.md")).unwrap();
    assert!(summary.contains("| `codec::tight` | `max = 1`<br>`max_bytes` | 1<br>3 | **2**<br>**15** | **worse**<br>new: `src/lib.rs:6` `vec!` |"), "{summary}");

    fs::remove_file(workspace.path("shard-3.json")).unwrap();
    run(&workspace, merge, 0).ended_with(1);
}
