//! Runs of tests under the tool: what the report says of them, however they end.

#[path = "../support/mod.rs"]
mod support;

mod allocators;
mod doctor;
mod ends;
mod many;
mod output;
mod reports;
mod runners;
mod survey;
mod truth;

use support::Workspace;

/// Functions with budgets, for tests to call.
pub(crate) const LIBRARY: &str = "use alloc_budget::alloc_budget;

#[alloc_budget(max = 1)]
pub fn one(n: usize) -> Vec<u8> {
    vec![1; n]
}

#[alloc_budget(max = 12)]
pub fn generous<T: Clone>(t: &T, n: usize) -> Vec<T> {
    vec![t.clone(); n]
}

#[alloc_budget(max = 0)]
pub fn zero(n: usize) -> Vec<u8> {
    vec![1; n]
}

#[alloc_budget(max = 0, on_overage = abort)]
pub fn aborts(n: usize) -> Vec<u8> {
    vec![1; n]
}

#[alloc_budget(max = 0, on_overage = warn)]
pub fn warns(n: usize) -> Vec<u8> {
    vec![1; n]
}
";

/// The package `codec` with these functions, and these tests in its library.
pub(crate) fn codec(tests: &str) -> Workspace {
    let library = format!("{LIBRARY}\n#[cfg(test)]\nmod tests {{\n    use super::*;\n{tests}\n}}\n");
    Workspace::of_codec(&[("src/lib.rs", &library)])
}
