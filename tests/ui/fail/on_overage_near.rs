//! A slip: the nearest action is named.
use alloc_budget::alloc_budget;

#[alloc_budget(max = 0, on_overage = warning)]
fn decode() {}

fn main() {
    decode();
}
