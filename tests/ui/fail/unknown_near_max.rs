//! A slip: the nearest argument is named.
use alloc_budget::alloc_budget;

#[alloc_budget(max_allocs = 0)]
fn decode() {}

fn main() {
    decode();
}
