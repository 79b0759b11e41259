//! A letter is missing.
use alloc_budget::alloc_budget;

#[alloc_budget(max_byte = 64)]
fn decode() {}

fn main() {
    decode();
}
