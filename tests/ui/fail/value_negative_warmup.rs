//! Fewer calls than none.
use alloc_budget::alloc_budget;

#[alloc_budget(max = 0, warmup = -1)]
fn decode() {}

fn main() {
    decode();
}
