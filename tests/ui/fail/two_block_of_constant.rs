//! What runs at compile time allocates nothing.
use alloc_budget::budget;

const ONE: u8 = budget!(max = 0, { 1 });

fn main() {
    assert_eq!(ONE, 1);
}
