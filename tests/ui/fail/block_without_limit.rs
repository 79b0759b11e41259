//! A block, and no budget.
use alloc_budget::budget;

fn main() {
    budget!({ drop(vec![0]) });
}
