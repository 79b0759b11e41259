//! The second one is the mistake.
use alloc_budget::alloc_budget;

#[alloc_budget(max_bytes = 0, max_bytes = 1)]
fn decode() {}

fn main() {
    decode();
}
