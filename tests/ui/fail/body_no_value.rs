//! A value that is forgotten.
use alloc_budget::alloc_budget;

#[alloc_budget(max = 0)]
fn decode(n: u32) -> u32 {
    n + 1;
}

fn main() {
    decode(1);
}
