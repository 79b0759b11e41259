//! A type that has fractions.
use alloc_budget::alloc_budget;

#[alloc_budget(max_bytes = n as f64 * 1.5)]
fn decode(n: usize) -> usize {
    n
}

fn main() {
    assert_eq!(decode(1), 1);
}
