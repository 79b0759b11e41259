//! Less than nothing.
use alloc_budget::alloc_budget;

#[alloc_budget(max = -1)]
fn decode() {}

fn main() {
    decode();
}
