//! An action is a word.
use alloc_budget::alloc_budget;

#[alloc_budget(max = 0, on_overage = 1)]
fn decode() {}

fn main() {
    decode();
}
