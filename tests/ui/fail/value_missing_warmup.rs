//! A warm-up of no length.
use alloc_budget::alloc_budget;

#[alloc_budget(max = 0, warmup)]
fn decode() {}

fn main() {
    decode();
}
