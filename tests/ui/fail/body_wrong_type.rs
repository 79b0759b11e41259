//! A value of the wrong type.
use alloc_budget::alloc_budget;

#[alloc_budget(max = 0)]
fn decode(n: u32) -> u64 {
    let twice = n * 2;
    twice
}

fn main() {
    decode(1);
}
