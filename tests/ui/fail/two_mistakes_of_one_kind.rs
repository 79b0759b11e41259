//! Two mistakes, two errors.
use alloc_budget::alloc_budget;

#[alloc_budget(max = "0", max_bytes = 1.5)]
fn decode() {}

fn main() {
    decode();
}
