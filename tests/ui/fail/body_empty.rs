//! A value that is still to be written.
use alloc_budget::alloc_budget;

#[alloc_budget(max = 0)]
fn decode() -> u32 {}

fn main() {
    decode();
}
