//! Not to have a budget, and to have one.
use alloc_budget::alloc_budget;

#[alloc_budget(skip, max = 0)]
fn decode() {}

fn main() {
    decode();
}
