//! A warm-up for no limit.
use alloc_budget::alloc_budget;

#[alloc_budget(warmup = 1)]
fn decode() {}

fn main() {
    decode();
}
