//! A name is a string.
use alloc_budget::alloc_budget;

#[alloc_budget(max = 0, name = 1)]
fn decode() {}

fn main() {
    decode();
}
