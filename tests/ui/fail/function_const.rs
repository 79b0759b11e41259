//! A function that may run at compile time.
use alloc_budget::alloc_budget;

#[alloc_budget(max = 0)]
pub const fn decode() -> u32 {
    1
}

const DECODED: u32 = decode();

fn main() {
    assert_eq!(DECODED, 1);
}
