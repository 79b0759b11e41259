//! What follows the limit is the block.
use alloc_budget::budget;

fn main() {
    budget!(max = limit() { drop(vec![0]) });
}

fn limit() -> u32 {
    1
}
