//! Attacks on each rule that a proof rests on: every function of the programs here allocates, in a
//! way that a prover which is not careful does not see. None may be proven.
//!
//! The programs are never run: they are what a compiler makes of the files beside this one.
#![cfg(all(target_os = "linux", target_arch = "x86_64"))]

#[path = "../support/mod.rs"]
mod support;

use std::process::Command;

use alloc_budget_prove::{Finding, Verdict};
use support::Built;

#[test]
fn in_rust() {
    support::rust("attack/rust/program.rs", "attack-rust", &[]).assert_none_proven(30);
}

#[test]
fn in_rust_as_one_unit() {
    let flags = ["-C", "codegen-units=1", "-C", "lto=fat"];
    support::rust("attack/rust/program.rs", "attack-rust-lto", &flags).assert_none_proven(30);
}

#[test]
fn in_rust_hardly_optimised() {
    support::rust("attack/rust/program.rs", "attack-rust-1", &["-C", "opt-level=1"]).assert_none_proven(30);
}

#[test]
fn in_assembly() {
    support::rust("attack/assembly/program.rs", "attack-assembly", &[]).assert_none_proven(25);
}

#[test]
fn on_pointers_that_change() {
    let program = support::rust("attack/globals/program.rs", "attack-globals", &[]);
    program.assert_none_proven(18);
    // What distinguishes them is not that nothing of the kind is ever proven.
    assert_eq!(program.proven().0, 1, "{:?}", program.proven());
    let unit = ["-C", "codegen-units=1", "-C", "opt-level=s"];
    support::rust("attack/globals/program.rs", "attack-globals-unit", &unit).assert_none_proven(18);
}

fn bump(name: &str, more: &[&str]) {
    let flags = [&["-C", "lto=fat", "-C", "codegen-units=1"], more].concat();
    support::rust("attack/bump/program.rs", name, &flags).assert_none_proven(3);
}

#[test]
fn an_allocator_that_is_inlined() {
    bump("attack-bump", &[]);
}

#[test]
fn an_allocator_that_is_inlined_beside_the_default_one() {
    bump("attack-bump-dead", &["-C", "link-dead-code"]);
}

#[test]
fn an_allocator_that_is_inlined_without_a_trace() {
    bump("attack-bump-bare", &["-C", "debuginfo=0"]);
}

#[test]
fn an_allocator_that_may_be_inlined() {
    support::rust("attack/bump/program.rs", "attack-bump-called", &[]).assert_none_proven(3);
}

/// Growth is accepted where somebody says that there is room: not for what a function makes itself.
#[test]
fn growth_of_what_was_just_made() {
    let program = support::rust("attack/growth/program.rs", "attack-growth", &[]);
    let accepted = |(_, finding): &(_, Finding)| {
        finding.verdict.is_proven()
            || matches!(finding.verdict, Verdict::ExceptGrowth | Verdict::ExceptFirstUse)
    };
    let wrong: Vec<_> = program.verdicts("a_").into_iter().filter(accepted).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    let verdicts = program.verdicts("n_");
    assert!(verdicts.values().all(|finding| finding.verdict == Verdict::ExceptGrowth), "{verdicts:#?}");
}

#[test]
fn in_c() {
    if !support::has_c() {
        return;
    }
    for level in ["-O1", "-O2", "-Os", "-O3"] {
        let program = support::folder(&format!("attack-c{level}")).join("program");
        let mut command = Command::new("cc");
        command.args([level, "-g", "-o"]).arg(&program).arg("tests/attack/c/program.c").arg("-lm");
        support::run(&mut command);
        Built::of(&program, "attack/c").assert_none_proven(8);
    }
}

#[test]
fn code_that_the_loader_changes_is_an_error() {
    if !support::has_c() {
        return;
    }
    let program = support::folder("attack-text").join("program");
    let mut command = Command::new("cc");
    command.args(["-O2", "-pie", "-fPIE", "-Wl,-z,notext", "-o"]).arg(&program);
    support::run(command.arg("tests/attack/text/program.c"));
    let bytes = std::fs::read(program).expect("what was just built");
    let error = alloc_budget_prove::functions(&bytes).expect_err("code is not what the file says");
    assert!(error.to_string().contains("text relocations"), "{error}");
}

#[test]
fn a_library_with_a_name_of_the_systems() {
    if !support::has_c() {
        return;
    }
    let folder = support::folder("attack-foreign");
    let library = folder.join("libforeign.so");
    support::run(
        Command::new("cc")
            .args(["-O2", "-shared", "-fPIC", "-o"])
            .arg(&library)
            .arg("tests/attack/foreign/library.c"),
    );
    let program = folder.join("program");
    support::run(
        Command::new("cc")
            .args(["-O2", "-g", "-fno-builtin", "-o"])
            .arg(&program)
            .arg("tests/attack/foreign/program/program.c")
            .arg(&library),
    );
    Built::of(&program, "attack/foreign/program").assert_none_proven(2);
}
