//! The name of a package, not of a crate.
use alloc_budget::alloc_budget;

#[alloc_budget(max = 0, crate = "alloc-budget")]
fn decode() {}

fn main() {
    decode();
}
