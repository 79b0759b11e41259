//! A first use of nothing.
use alloc_budget::alloc_budget;

#[alloc_budget(max = 0, prime)]
fn decode() -> Option<u8> {
    Some(1)
}

fn main() {
    decode();
}
