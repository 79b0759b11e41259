//! Two mistakes, two errors.
use alloc_budget::alloc_budget;

#[alloc_budget(max = -1, warm_up = 1)]
fn decode() {}

fn main() {
    decode();
}
