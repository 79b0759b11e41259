//! A path is no number.
use alloc_budget::alloc_budget;

#[alloc_budget(max = 0, crate = 1)]
fn decode() {}

fn main() {
    decode();
}
