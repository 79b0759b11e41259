//! Nothing has this method.
use alloc_budget::alloc_budget;

#[alloc_budget(max = n.length())]
fn decode(n: usize) -> usize {
    n
}

fn main() {
    assert_eq!(decode(1), 1);
}
