//! A comparison is no number.
use alloc_budget::alloc_budget;

#[alloc_budget(max = n <= 4)]
fn decode(n: usize) -> usize {
    n
}

fn main() {
    assert_eq!(decode(1), 1);
}
