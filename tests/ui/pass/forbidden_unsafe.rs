//! A crate that allows no `unsafe`, and forbids that anybody allows anything.
#![forbid(unsafe_code, warnings, unused, dead_code, unused_qualifications, non_upper_case_globals)]
#![forbid(unreachable_pub, missing_docs, unused_results, let_underscore_drop, clippy::all)]

use alloc_budget::alloc_budget;

#[alloc_budget(max = 1, warmup = 1, name = "everything", on_overage = warn)]
fn literal(n: u32) -> Vec<u32> {
    vec![n]
}

#[alloc_budget(max = values.len(), max_peak_bytes = 64 * values.len())]
fn typed(values: &[u32]) -> u32 {
    values.iter().sum()
}

#[alloc_budget(measure)]
fn measured(n: u32) -> u32 {
    n
}

fn main() {
    assert_eq!(literal(1), [1]);
    assert_eq!(typed(&[1, 2]), 3);
    assert_eq!(measured(1), 1);
}
