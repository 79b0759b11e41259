//! Wrong numbers, made right: the tests pass afterwards, and nothing else has changed.

use std::path::Path;

use crate::package::Package;

const LIB: &str = r#"#![allow(dead_code)]
use alloc_budget::alloc_budget;

fn spend(blocks: usize) {
    for _ in 0..blocks {
        drop(std::hint::black_box(Box::new(1_u8)));
    }
}

#[alloc_budget(max = 3, max_bytes = 3)]
fn three() {
    spend(3);
}

#[alloc_budget(max = 0)]
fn none() {
    spend(0);
}

#[alloc_budget(max = 7)]
fn varies() {
    let blocks = std::env::var("BLOCKS").ok().map_or(7, |file| {
        let before = std::fs::read_to_string(&file).unwrap_or_default().len();
        std::fs::write(file, "1".repeat(before + 1)).unwrap();
        before
    });
    spend(blocks % 2);
}

#[test]
fn calls_them() {
    three();
    none();
}

#[test]
fn calls_the_one_that_varies() {
    alloc_budget::exempt(|| ());
}
"#;

#[test]
fn what_bless_has_raised_is_green_and_what_tighten_has_lowered_too() {
    let right = LIB.replace("max = 7", "max = 0");
    let low = right.replace("max = 3, max_bytes = 3", "max = 1, max_bytes = 2");
    let package = Package::new("rounds", &[("src/lib.rs", &low)]);

    package.test().ends_with(101);
    let shown = package.tool(&["bless", "--dry-run"]);
    shown.ends_with(0);
    let diff = "-#[alloc_budget(max = 1, max_bytes = 2)]\n+#[alloc_budget(max = 3, max_bytes = 3)]\n";
    assert!(shown.out.contains("--- a/src/lib.rs\n+++ b/src/lib.rs\n"), "{}", shown.out);
    assert!(shown.out.contains(diff), "{}", shown.out);
    assert_eq!(package.read("src/lib.rs"), low, "a dry run writes nothing");

    package.tool(&["bless"]).ends_with(0);
    assert_eq!(package.read("src/lib.rs"), right);
    package.test().ends_with(0);
    let nothing = package.tool(&["bless"]);
    nothing.ends_with(0);
    assert!(nothing.err.contains("there is nothing to do"), "{}", nothing.err);

    let high = right.replace("max = 3, max_bytes = 3", "max = 30, max_bytes = 3_000");
    package.write("src/lib.rs", &high);
    let filtered = package.tool(&["tighten", "calls_them"]);
    filtered.ends_with(5);
    assert!(filtered.err.contains("nothing is lowered"), "{}", filtered.err);
    let once = package.tool(&["tighten", "--runs", "1"]);
    once.ends_with(5);
    assert!(once.err.contains("the tests were run once"), "{}", once.err);
    assert_eq!(package.read("src/lib.rs"), high);

    package.tool(&["tighten"]).ends_with(0);
    assert_eq!(package.read("src/lib.rs"), right);
    package.test().ends_with(0);
    let nothing = package.tool(&["tighten"]);
    nothing.ends_with(0);
    assert!(nothing.err.contains("there is nothing to do"), "{}", nothing.err);
}

#[test]
fn what_varies_from_run_to_run_is_not_lowered() {
    let code = LIB.replace("alloc_budget::exempt(|| ());", "varies();");
    let package = Package::new("varying", &[("src/lib.rs", &code)]);
    let blocks = package.path("blocks");
    let environment: [(&str, &Path); 1] = [("BLOCKS", &blocks)];
    let said = package.tool_with(&["tighten"], &environment);
    said.ends_with(0);
    assert!(said.err.contains("it varies from run to run, from "), "{}", said.err);
    assert_eq!(package.read("src/lib.rs"), code);
}

#[test]
fn where_nothing_is_recorded_nothing_is_green() {
    let code = LIB.replace("    three();\n    none();\n", "");
    let package = Package::new("silent", &[("src/lib.rs", &code)]);
    for command in ["bless", "tighten"] {
        let said = package.tool(&[command]);
        said.ends_with(5);
        assert!(said.err.contains("nothing was recorded"), "{}", said.err);
    }
}
