//! Functions of which the truth is known: none that allocates is proven, in no build; and of those
//! that don't, nearly all are.
#![cfg(all(target_os = "linux", target_arch = "x86_64"))]

#[path = "../support/mod.rs"]
mod support;

/// Of a hundred that never allocate.
fn is_nearly_all((proven, all, others): (usize, usize, Vec<String>), percent: usize) {
    eprintln!("{proven} of {all}");
    assert!(proven * 100 >= all * percent, "only {proven} of {all} are proven: {others:#?}");
}

fn check(name: &str, flags: &[&str], percent: usize) {
    let program = support::rust("truth/program.rs", &format!("truth-{name}"), flags);
    program.assert_none_proven(15);
    is_nearly_all(program.proven(), percent);
}

#[test]
fn in_a_default_build() {
    check("default", &[], 95);
}

#[test]
fn in_many_units() {
    check("units", &["-C", "codegen-units=16"], 95);
}

#[test]
fn with_fat_link_time_optimisation() {
    check("fat", &["-C", "lto=fat", "-C", "codegen-units=1"], 90);
}

#[test]
fn with_thin_link_time_optimisation() {
    check("thin", &["-C", "lto=thin"], 90);
}

#[test]
fn with_panics_that_abort() {
    check("abort", &["-C", "panic=abort"], 90);
}

#[test]
fn optimised_for_size() {
    check("size", &["-C", "opt-level=s"], 85);
}

#[test]
fn hardly_optimised() {
    check("hardly", &["-C", "opt-level=1"], 80);
}

#[test]
fn at_a_fixed_place() {
    check("fixed", &["-C", "relocation-model=static"], 90);
}

#[test]
fn with_packed_relocations() {
    check("relr", &["-C", "link-arg=-Wl,-z,pack-relative-relocs"], 95);
}

#[test]
fn with_functions_bound_late() {
    check("lazy", &["-C", "link-arg=-Wl,-z,lazy", "-C", "relro-level=partial"], 90);
}

#[test]
fn without_debug_information() {
    check("bare", &["-C", "debuginfo=0"], 95);
    check("lines", &["-C", "debuginfo=line-tables-only"], 95);
}

#[test]
fn a_stripped_program_is_an_error() {
    let program = support::rust("truth/program.rs", "truth-stripped", &["-C", "strip=symbols"]);
    let error = alloc_budget_prove::functions(&program.bytes).expect_err("nothing has a name");
    assert!(error.to_string().contains("stripped"), "{error}");
}
