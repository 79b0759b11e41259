//! An argument is a single word.
use alloc_budget::alloc_budget;

#[alloc_budget(alloc_budget::max = 0)]
fn decode() {}

fn main() {
    decode();
}
