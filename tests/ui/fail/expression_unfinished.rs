//! An operand is missing.
use alloc_budget::alloc_budget;

#[alloc_budget(max = n +)]
fn decode(n: usize) -> usize {
    n
}

fn main() {
    assert_eq!(decode(1), 1);
}
