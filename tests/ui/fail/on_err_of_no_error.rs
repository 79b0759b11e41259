//! A number is never an error.
use alloc_budget::alloc_budget;

#[alloc_budget(max = 0, on_err = skip)]
fn decode() -> u8 {
    1
}

fn main() {
    assert_eq!(decode(), 1);
}
