//! A name that is nowhere.
use alloc_budget::alloc_budget;

#[alloc_budget(max = 0)]
fn decode() -> u32 {
    decoded
}

fn main() {
    decode();
}
