//! To count, or to enforce.
use alloc_budget::alloc_budget;

#[alloc_budget(max_peak_bytes = 64, measure)]
fn decode() {}

fn main() {
    decode();
}
