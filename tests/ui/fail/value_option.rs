//! A limit that may be missing.
use alloc_budget::alloc_budget;

#[alloc_budget(max = n.checked_add(1))]
fn decode(n: usize) -> usize {
    n
}

fn main() {
    assert_eq!(decode(1), 1);
}
