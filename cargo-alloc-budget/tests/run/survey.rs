//! A survey of code that has no budgets.

use std::collections::BTreeMap;
use std::fs;

use serde_json::Value;

use crate::support::Workspace;

const LIBRARY: &str = "pub fn sum(numbers: &[u32]) -> u32 {
    numbers.iter().sum()
}

pub fn pair() -> Vec<Box<u8>> {
    vec![one(), one()]
}

fn one() -> Box<u8> { // Whatever the `#[global_allocator]` is.
    Box::new(1)
}

pub fn copy(numbers: &[u32]) -> Vec<u32> { numbers.to_vec() }

pub fn nobody() -> String {
    String::new()
}

pub const fn constant() -> u8 {
    2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums() {
        assert_eq!((sum(&[1, 2]), line!()), (3, 29));
    }

    #[test]
    fn sums_more() {
        assert_eq!(sum(&[]), 0);
    }

    #[test]
    fn copies() {
        assert!(copy(&[]).is_empty());
        assert_eq!(copy(&[1]), [1]);
        assert_eq!(pair().len() + pair().len(), 4);
    }
}
";

#[test]
fn says_what_each_function_does_and_leaves_the_tree_alone() {
    let workspace = Workspace::new(&[
        ("Cargo.toml", "[package]\nname = \"plain\"\nversion = \"0.1.0\"\nedition = \"2021\"\n"),
        ("src/lib.rs", LIBRARY),
    ]);
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let runtime = root.join("alloc-budget").display().to_string();
    let args = [
        "survey",
        "--offline",
        "--runner",
        "cargo",
        "--format",
        "json",
        "-o",
        "survey.json",
        "--runtime",
        &runtime,
    ];
    let tree = || ["Cargo.toml", "Cargo.lock", "src/lib.rs"].map(|file| fs::read(workspace.path(file)).ok());
    let before = tree();
    // The copy is in the target folder, which must be one's own.
    let target = workspace.path("target");
    let run = workspace.tool_with(&args, |command| {
        command.env("CARGO_TARGET_DIR", &target);
    });
    assert_eq!(run.code, Some(0), "{}\n{}", run.stdout, run.stderr);
    assert!(run.stderr.contains("3 passed"), "{}", run.stderr);
    assert_eq!(tree(), before);

    let survey: Value = serde_json::from_slice(&fs::read(workspace.path("survey.json")).unwrap()).unwrap();
    let functions: BTreeMap<&str, &Value> = survey["functions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|function| (function["path"].as_str().unwrap(), function))
        .collect();
    let class = |path: &str| functions[path]["class"].as_str().unwrap();
    assert_eq!(class("plain::sum"), "never");
    assert_eq!(
        (&functions["plain::sum"]["calls"], &functions["plain::sum"]["tests"]),
        (&2.into(), &2.into())
    );
    assert_eq!(class("plain::pair"), "constant");
    assert_eq!(functions["plain::pair"]["allocations"], serde_json::json!([3, 3]));
    assert_eq!(functions["plain::pair"]["own_allocations"], 2, "without those of `one`, in two calls");
    assert_eq!(class("plain::copy"), "varies");
    assert_eq!(functions["plain::copy"]["allocations"], serde_json::json!([0, 1]));
    assert_eq!(class("plain::nobody"), "unreached");
    assert_eq!(functions.len(), 5);
    let package = &survey["packages"][0];
    assert_eq!((&package["surveyed"], &package["reached"]), (&5.into(), &4.into()));
    assert_eq!(package["left_out"], serde_json::json!({"const": 1, "test": 3}));
}
