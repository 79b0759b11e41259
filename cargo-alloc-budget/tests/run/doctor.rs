//! Whether each test program counts, and whether the gate can go red.

use crate::codec;
use crate::support::{Workspace, manifest};

#[test]
fn the_gate_goes_red_with_one_allocation_more() {
    let workspace = codec("#[test] fn ones() { one(1); }\n#[test] fn others() { generous(&1u8, 2); }");
    let run = workspace.tool(&["doctor", "--prove-gate"]).ended_with(0);
    assert!(
        run.stdout.contains("the gate goes red: with one allocation more, `codec::one` makes 2 of 1"),
        "{}",
        run.stdout
    );
    // The report of the last run stays what it was: there was none.
    assert!(run.report.is_none());
    let run = workspace.tool(&["doctor", "--prove-gate", "one"]).ended_with(0);
    assert!(run.stdout.contains("`codec::one` makes 2 of 1"), "{}", run.stdout);
}

#[test]
fn a_gate_that_stays_green_says_why() {
    let workspace = codec(
        "#[test] fn catches() { let _ = std::panic::catch_unwind(|| one(1)); }
        #[test] fn others() { generous(&1u8, 2); }",
    );
    for (budget, expected) in [
        ("codec::generous", "its calls leave 11 of `max`"),
        ("zero", "no test calls a budget of the path `zero`"),
        ("one", "the tests of `codec::one` expect an overage, or catch it"),
    ] {
        let run = workspace.tool(&["doctor", "--prove-gate", budget]).ended_with(1);
        assert!(run.stderr.contains(expected), "{}", run.stderr);
    }
    let workspace = codec("#[test] fn exceeds() { zero(1); }");
    let run = workspace.tool(&["doctor", "--prove-gate"]).ended_with(1);
    assert!(run.stderr.contains("the gate is red as it is"), "{}", run.stderr);
}

#[test]
fn each_test_program_is_told() {
    let run = codec("#[test] fn ones() { one(1); }").tool(&["doctor"]).ended_with(0);
    assert!(run.stdout.contains("codec (lib): counts"), "{}", run.stdout);
}

#[test]
fn a_program_without_the_feature_is_told_what_to_write() {
    let library = "#[alloc_budget::alloc_budget(max = 1)]\npub fn one() -> Box<u8> { Box::new(1) }\n";
    let workspace = Workspace::of_codec(&[
        ("src/lib.rs", library),
        ("tests/it.rs", "#[test] fn calls() { codec::one(); }"),
        ("tests/none.rs", "#[test] fn calls_none() {}"),
    ]);
    let manifest = manifest("codec").replace(", features = [\"install\"]", "") + "\n[workspace]\n";
    workspace.write("Cargo.toml", &manifest);
    let run = workspace.tool(&["doctor"]).ended_with(5);
    for expected in [
        "codec it (test): calls budgets, and nothing counts\n    add to the [dev-dependencies] of `codec`: alloc-budget",
        "codec none (test): calls no budget",
    ] {
        assert!(run.stdout.contains(expected), "{expected}\nis not in\n{}", run.stdout);
    }
}

#[test]
fn a_feature_that_only_another_package_asks_for_is_told() {
    let quiet = manifest("quiet").replace(", features = [\"install\"]", "");
    let loud = manifest("loud");
    let library = "#[alloc_budget::alloc_budget(max = 1)]\npub fn one() -> Box<u8> { Box::new(1) }\n#[test] fn calls() { one(); }";
    let workspace = Workspace::new(&[
        ("Cargo.toml", "[workspace]\nmembers = [\"quiet\", \"loud\"]\nresolver = \"3\"\n"),
        ("quiet/Cargo.toml", &quiet),
        ("quiet/src/lib.rs", library),
        ("loud/Cargo.toml", &loud),
        ("loud/src/lib.rs", library),
    ]);
    let run = workspace.tool(&["doctor", "--workspace"]).ended_with(0);
    let expected = "quiet (lib): counts\n    only because `loud` asks for `install`";
    assert!(run.stdout.contains(expected), "{}", run.stdout);
    assert!(run.stdout.contains("loud (lib): counts\nquiet"), "{}", run.stdout);
}
