//! Nothing has this name.
use alloc_budget::alloc_budget;

#[alloc_budget(max = limit)]
fn decode(n: usize) -> usize {
    n
}

fn main() {
    assert_eq!(decode(1), 1);
}
