//! A limit that is given twice.
use alloc_budget::alloc_budget;

#[alloc_budget(max_exempt = 0, max_exempt = 1)]
fn decode() {}

fn main() {
    decode();
}
