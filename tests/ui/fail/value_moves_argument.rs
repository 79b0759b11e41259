//! A budget that takes what the function needs.
use alloc_budget::alloc_budget;

#[alloc_budget(max = rows.into_iter().count())]
fn decode(rows: Vec<u8>) -> usize {
    rows.len()
}

fn main() {
    assert_eq!(decode(vec![1]), 1);
}
