//! Written in two words.
use alloc_budget::alloc_budget;

#[alloc_budget(max = 0, warm_up = 1)]
fn decode() {}

fn main() {
    decode();
}
