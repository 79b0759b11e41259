//! Nothing is there.
use alloc_budget::alloc_budget;

#[alloc_budget(max = 0, crate = budgets)]
fn decode(n: usize) -> usize {
    n
}

fn main() {
    assert_eq!(decode(1), 1);
}
