//! A budget that takes what the function needs.
use alloc_budget::alloc_budget;

#[alloc_budget(max = count(rows))]
fn decode(rows: Vec<u8>) -> usize {
    rows.len()
}

fn count(rows: Vec<u8>) -> usize {
    rows.len()
}

fn main() {
    assert_eq!(decode(vec![1]), 1);
}
