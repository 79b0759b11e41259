//! A block without a value.
use alloc_budget::alloc_budget;

#[alloc_budget(max = { n; })]
fn decode(n: usize) -> usize {
    n
}

fn main() {
    assert_eq!(decode(1), 1);
}
