//! A name that is not given.
use alloc_budget::alloc_budget;

#[alloc_budget(max = 0, name)]
fn decode() {}

fn main() {
    decode();
}
