//! A warm-up is a number of calls.
use alloc_budget::alloc_budget;

#[alloc_budget(max = 0, warmup = Some(n))]
fn decode(n: usize) -> usize {
    n
}

fn main() {
    assert_eq!(decode(1), 1);
}
