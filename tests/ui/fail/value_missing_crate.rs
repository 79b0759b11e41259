//! A path that is not given.
use alloc_budget::alloc_budget;

#[alloc_budget(max = 0, crate)]
fn decode() {}

fn main() {
    decode();
}
