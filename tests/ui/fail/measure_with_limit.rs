//! To count, or to enforce.
use alloc_budget::alloc_budget;

#[alloc_budget(measure, max = 0)]
fn decode() {}

fn main() {
    decode();
}
