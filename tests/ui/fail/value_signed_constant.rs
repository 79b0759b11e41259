//! A type that could be negative.
use alloc_budget::alloc_budget;

const LIMIT: i32 = 1;

#[alloc_budget(max = LIMIT)]
fn decode(n: usize) -> usize {
    n
}

fn main() {
    assert_eq!(decode(1), 1);
}
