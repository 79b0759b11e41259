//! What about them?
use alloc_budget::alloc_budget;

#[alloc_budget(max = 0, on_err)]
fn decode() -> Option<u8> {
    Some(1)
}

fn main() {
    decode();
}
