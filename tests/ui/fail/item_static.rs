//! Not a function.
use alloc_budget::alloc_budget;

#[alloc_budget(max = 0)]
static DECODED: u32 = 1;

fn main() {
    assert_eq!(DECODED, 1);
}
