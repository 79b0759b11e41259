//! What the tool says of itself.

use std::fs;

use crate::support::Workspace;

/// The commands that `--help` lists.
fn commands(workspace: &Workspace) -> Vec<String> {
    let help = workspace.tool(&["--help"]).ended_with(0).stdout;
    let (_, list) = help.split_once("Commands:\n").unwrap();
    let (list, _) = list.split_once("\n\n").unwrap();
    let names = list.lines().filter_map(|line| {
        line.split_whitespace().next().filter(|_| line.starts_with("  ") && !line.starts_with("   "))
    });
    names.filter(|name| *name != "help").map(str::to_owned).collect()
}

#[test]
fn every_command_has_examples_and_exit_codes() {
    let workspace = Workspace::new(&[]);
    let commands = commands(&workspace);
    for command in
        ["test", "check", "bless", "tighten", "report", "baseline", "merge", "editor", "completions", "man"]
    {
        assert!(commands.iter().any(|name| name == command), "{command} is not in {commands:?}");
    }
    for command in &commands {
        let help = workspace.tool(&[command, "--help"]).ended_with(0).stdout;
        assert!(help.contains("Example"), "{command} has no example");
        assert!(
            help.contains(&format!("cargo alloc-budget {command}"))
                || help.contains(&format!("\"{command}\"")),
            "{help}"
        );
        let runs_nothing = ["completions", "man"].contains(&command.as_str());
        assert!(
            runs_nothing || help.contains("Exit codes:") || command == "baseline",
            "{command} has no exit codes"
        );
    }
}

#[test]
fn a_page_of_the_manual_for_each_command() {
    let workspace = Workspace::new(&[]);
    let folder = workspace.path("man1");
    workspace.tool(&["man", "-o", folder.to_str().unwrap()]).ended_with(0);
    for command in commands(&workspace) {
        let path = folder.join(format!("cargo-alloc-budget-{command}.1"));
        let page = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert!(page.contains(".SH NAME") && page.contains(".SH OPTIONS"), "{page}");
    }
    let page = fs::read_to_string(folder.join("cargo-alloc-budget.1")).unwrap();
    assert!(page.contains("Exit codes:"), "{page}");
    assert_eq!(workspace.tool(&["man"]).ended_with(0).stdout.lines().next(), page.lines().next());
}

#[test]
fn each_shell_completes_the_commands() {
    let workspace = Workspace::new(&[]);
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = workspace.tool(&["completions", shell]).ended_with(0).stdout;
        for words in ["cargo-alloc-budget", "tighten", "allow-missing-baseline"] {
            assert!(script.contains(words), "{shell}: {words}");
        }
    }
}

#[test]
fn the_version_says_what_it_reads() {
    let workspace = Workspace::new(&[]);
    let version = env!("CARGO_PKG_VERSION");
    let plain = workspace.tool(&["--version"]).ended_with(0).stdout;
    assert_eq!(plain, format!("cargo-alloc-budget {version}\n"));
    let json = workspace.tool(&["--version", "--json"]).ended_with(0).stdout;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["version"], version);
    assert_eq!(json["reads"], serde_json::json!({ "record": 1, "report": 1 }));
    workspace.tool(&["--json"]).ended_with(2);
    workspace.tool(&[]).ended_with(2);
}
