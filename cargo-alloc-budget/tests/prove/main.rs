//! `cargo alloc-budget prove`: one package with a function for each verdict, built and proven.
#![cfg(all(target_os = "linux", target_arch = "x86_64"))]

#[path = "../support/mod.rs"]
mod support;

use std::fs;
use std::path::PathBuf;

use serde_json::Value;
use support::{Run, Workspace};

const LIBRARY: &str = include_str!("player.rs");
const PROGRAM: &str = include_str!("program.rs");

/// Each promise's verdict, in the order of the source, in every profile.
const VERDICTS: [(&str, &str); 15] = [
    ("mix", "proven"),
    ("shout", "reaches"),
    ("at", "except_panic"),
    ("push", "except_growth"),
    ("push_cold", "except_growth"),
    ("free", "reaches"),
    ("call", "unproven"),
    ("generic", "reaches"),
    ("unused", "no_code"),
    ("assumes", "proven"),
    ("poll", "except_panic"),
    ("poll_pushes", "reaches"),
    ("only_proven", "proven"),
    ("{block}", "proven"),
    ("{block}", "unproven"),
];

fn player() -> Workspace {
    let workspace = Workspace::of_codec(&[("src/lib.rs", LIBRARY), ("src/main.rs", PROGRAM)]);
    let manifest = fs::read_to_string(workspace.path("Cargo.toml")).unwrap();
    let profiles = "\n[profile.fat]\ninherits = \"release\"\nlto = \"fat\"\npanic = \"abort\"\n\
                    \n[profile.checked]\ninherits = \"release\"\ndebug-assertions = true\n";
    workspace.write("Cargo.toml", &(manifest + profiles));
    workspace
}

fn json(run: &Run) -> Value {
    serde_json::from_str(&run.stdout).unwrap_or_else(|_| panic!("{}{}", run.stdout, run.stderr))
}

#[track_caller]
fn check_verdicts(proof: &Value) {
    let found: Vec<(String, &str)> = proof["promises"]
        .as_array()
        .unwrap()
        .iter()
        .map(|promise| {
            let path = promise["path"].as_str().unwrap().strip_prefix("codec::").unwrap();
            (path.to_owned(), promise["kind"].as_str().unwrap())
        })
        .collect();
    let found: Vec<_> = found.iter().map(|(path, kind)| (&**path, *kind)).collect();
    assert_eq!(found, VERDICTS);
}

fn program(workspace: &Workspace, profile: &str) -> PathBuf {
    workspace.path(&format!("target/alloc-budget/prove/x86_64-unknown-linux-gnu/{profile}/codec"))
}

#[test]
fn each_promise_has_its_verdict_in_the_program_that_is_shipped() {
    let workspace = player();
    let run = workspace.tool(&["prove", "--json"]).ended_with(1);
    let proof = json(&run);
    check_verdicts(&proof);
    assert_eq!(proof["verdict"]["what"], "broken");
    assert_eq!(proof["unseen"]["skipped"], 1);
    let schema: Value = serde_json::from_str(include_str!("../../proof.schema.json")).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<String> = validator.iter_errors(&proof).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:?}");
    let promises = proof["promises"].as_array().unwrap();
    let of = |path: &str| promises.iter().find(|promise| promise["path"] == path).unwrap();
    // Growth is accepted of what warms up; one promise of two types has two functions.
    assert_eq!(of("codec::push")["is_accepted"], true);
    assert_eq!(of("codec::push_cold")["is_accepted"], false);
    assert_eq!(of("codec::generic")["functions"], 2);
    assert_eq!(of("codec::assumes")["assumed"], serde_json::json!(["codec::trusted"]));
    let chain = of("codec::shout")["chain"].as_array().unwrap();
    assert!(chain[0]["file"].as_str().unwrap().ends_with("src/lib.rs"), "{chain:?}");

    // For people, and for GitHub.
    let text = workspace.tool(&["prove", "--all"]).ended_with(1).stdout;
    for part in [
        "error: `codec::shout` can allocate",
        "DEALLOCATES       codec::free",
        "`codec::unused` has no code",
        "assumed by codec::assumes: codec::trusted",
        "1 with `prove = skip`",
        "SHA-256 ",
        "15 promises: ",
    ] {
        assert!(text.contains(part), "no {part:?} in {text}");
    }
    let github = workspace.tool(&["prove", "--format", "github"]).ended_with(1).stdout;
    assert!(github.contains("::error file=src/lib.rs,line="), "{github}");
    assert_eq!(
        github.lines().count(),
        proof["promises"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|promise| promise["is_accepted"] == false)
            .count()
    );

    // The same file, as if it came from elsewhere.
    let file = program(&workspace, "release");
    let run = workspace.tool(&["prove", "--json", "--binary", file.to_str().unwrap()]).ended_with(1);
    assert_eq!(json(&run)["promises"], proof["promises"]);

    // A file that nothing can be said of is never green.
    let bytes = fs::read(&file).unwrap();
    let strip = std::process::Command::new("strip")
        .arg("-o")
        .args([workspace.path("stripped"), file.clone()])
        .status();
    if strip.is_ok_and(|status| status.success()) {
        not_analysed(&workspace, "stripped", "it was stripped");
    }
    fs::write(workspace.path("empty"), []).unwrap();
    not_analysed(&workspace, "empty", "the file can't be read");
    let magic: &[u8] = &[b"\x9dalloc-", &b"budget\x01\xc3\x7e"[..]].concat();
    let at = bytes.windows(magic.len()).position(|window| window == magic).unwrap();
    let mut damaged = bytes.clone();
    damaged[at + 40] ^= 1;
    fs::write(workspace.path("damaged"), &damaged).unwrap();
    not_analysed(&workspace, "damaged", "a record of a promise is damaged");
    // As a linker that drops a record would leave it: its mark tells.
    let mut lost = bytes.clone();
    lost[at] ^= 1;
    fs::write(workspace.path("lost"), &lost).unwrap();
    let run = workspace.tool(&["prove", "--binary", workspace.path("lost").to_str().unwrap()]);
    let had_code = run.stderr.contains("whose record is not in the file");
    assert!(had_code && run.code == Some(3) || run.code == Some(1), "{}", run.stderr);
}

#[track_caller]
fn not_analysed(workspace: &Workspace, file: &str, why: &str) {
    let run = workspace.tool(&["prove", "--binary", workspace.path(file).to_str().unwrap()]).ended_with(3);
    assert!(run.stderr.contains(why), "{}", run.stderr);
}

#[test]
fn link_time_optimisation_changes_no_verdict() {
    let workspace = player();
    let proof = json(&workspace.tool(&["prove", "--json", "--profile", "fat"]).ended_with(1));
    check_verdicts(&proof);
}

#[test]
fn what_checks_nothing_fails() {
    let workspace = player();
    // Where budgets are enforced, there is nothing to prove.
    let run = workspace.tool(&["prove", "--profile", "checked"]).ended_with(3);
    assert!(run.stderr.contains("budgets are enforced instead"), "{}", run.stderr);
    let run = workspace.tool(&["prove", "--target", "aarch64-unknown-linux-gnu"]).ended_with(3);
    assert!(run.stderr.contains("--target x86_64-unknown-linux-gnu"), "{}", run.stderr);
    workspace.write("src/lib.rs", "pub fn free() {}");
    workspace.write("src/main.rs", "fn main() { codec::free() }");
    let run = workspace.tool(&["prove"]).ended_with(3);
    assert!(run.stderr.contains("there is no promise to prove"), "{}", run.stderr);
    fs::remove_file(workspace.path("src/main.rs")).unwrap();
    let run = workspace.tool(&["prove"]).ended_with(3);
    assert!(run.stderr.contains("add `--examples`"), "{}", run.stderr);
}

#[test]
fn promises_that_are_kept_are_green_and_an_ordinary_build_has_no_trace() {
    let library = "#![forbid(unsafe_code)]\n#![no_std]\n\
                   #[alloc_budget::alloc_budget(max = 0)]\n#[inline(always)]\n\
                   pub fn add(a: u32, b: u32) -> u32 {\n    a.wrapping_add(b)\n}\n";
    let program =
        "fn main() {\n    let n = std::process::id();\n    println!(\"{}\", codec::add(n, n));\n}\n";
    let workspace = Workspace::of_codec(&[("src/lib.rs", library), ("src/main.rs", program)]);
    let run = workspace.tool(&["prove"]).ended_with(0);
    assert!(run.stdout.starts_with("1 promise: 1 proven\n"), "{}", run.stdout);
    workspace.tool(&["prove", "--deny", "panic"]).ended_with(0);
    let status = workspace.command("cargo").args(["build", "--release", "--quiet"]).status().unwrap();
    assert!(status.success());
    let run = workspace.tool(&["prove", "--binary", "target/release/codec"]).ended_with(3);
    assert!(run.stderr.contains("there is no promise to prove"), "{}", run.stderr);
}
