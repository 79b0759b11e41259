//! The body comes after its budget.
use alloc_budget::alloc_budget;

#[alloc_budget(max = rows)]
fn decode() -> usize {
    let rows = 1;
    rows
}

fn main() {
    assert_eq!(decode(), 1);
}
