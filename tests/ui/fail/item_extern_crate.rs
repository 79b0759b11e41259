//! Not a function.
use alloc_budget::alloc_budget;

#[alloc_budget(max = 0)]
extern crate alloc_budget as budgets;

fn main() {
    assert_eq!(budgets::records(), []);
}
