//! A closure has no caller.
use alloc_budget::alloc_budget;

#[alloc_budget(max = 0, on_err = skip)]
#[track_caller]
fn decode() -> Option<u8> {
    Some(1)
}

fn main() {
    decode();
}
