//! A type that could be negative.
use alloc_budget::alloc_budget;

#[alloc_budget(max = 1i32)]
fn decode(n: usize) -> usize {
    n
}

fn main() {
    assert_eq!(decode(1), 1);
}
