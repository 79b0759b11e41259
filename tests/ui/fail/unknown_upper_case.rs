//! Arguments are lower-case.
use alloc_budget::alloc_budget;

#[alloc_budget(MAX = 0)]
fn decode() {}

fn main() {
    decode();
}
