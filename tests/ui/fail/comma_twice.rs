//! An argument is missing.
use alloc_budget::alloc_budget;

#[alloc_budget(max = 0,, max_bytes = 64)]
fn decode() {}

fn main() {
    decode();
}
