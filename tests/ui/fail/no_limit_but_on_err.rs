//! What is skipped without a limit?
use alloc_budget::alloc_budget;

#[alloc_budget(on_err = skip)]
fn decode() -> Option<u8> {
    Some(1)
}

fn main() {
    decode();
}
