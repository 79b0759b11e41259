//! A type that could be negative.
use alloc_budget::alloc_budget;

#[alloc_budget(max = n)]
fn decode(n: i64) -> i64 {
    n
}

fn main() {
    assert_eq!(decode(1), 1);
}
