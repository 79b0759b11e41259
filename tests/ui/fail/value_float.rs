//! Half an allocation.
use alloc_budget::alloc_budget;

#[alloc_budget(max = 1.5)]
fn decode() {}

fn main() {
    decode();
}
