//! Two exclusive borrows.
use alloc_budget::alloc_budget;

#[alloc_budget(max = 0)]
fn decode(rows: &mut Vec<u32>) {
    let first = &mut rows[0];
    rows.push(1);
    *first = 2;
}

fn main() {
    decode(&mut vec![1]);
}
