//! The second one is the mistake.
use alloc_budget::alloc_budget;

#[alloc_budget(max = 0, warmup = 1, warmup = 1)]
fn decode() {}

fn main() {
    decode();
}
