//! 2⁶⁴ is one too many.
use alloc_budget::alloc_budget;

#[alloc_budget(max_bytes = 18_446_744_073_709_551_616)]
fn decode(n: usize) -> usize {
    n
}

fn main() {
    assert_eq!(decode(1), 1);
}
