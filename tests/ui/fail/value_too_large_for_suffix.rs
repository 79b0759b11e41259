//! 256 is one too many.
use alloc_budget::alloc_budget;

#[alloc_budget(max = 256u8)]
fn decode(n: usize) -> usize {
    n
}

fn main() {
    assert_eq!(decode(1), 1);
}
