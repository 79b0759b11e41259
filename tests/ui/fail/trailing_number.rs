//! Something is left over.
use alloc_budget::alloc_budget;

#[alloc_budget(max = 0 1)]
fn decode() {}

fn main() {
    decode();
}
