//! The second one is the mistake.
use alloc_budget::alloc_budget;

#[alloc_budget(max = 0, max = 1)]
fn decode() {}

fn main() {
    decode();
}
