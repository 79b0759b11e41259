//! An abbreviation.
use alloc_budget::alloc_budget;

#[alloc_budget(max_peak = 64)]
fn decode() {}

fn main() {
    decode();
}
