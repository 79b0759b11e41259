//! A crate is no type.
use alloc_budget::alloc_budget;

#[alloc_budget(max = 0, crate = alloc_budget::Self)]
fn decode() {}

fn main() {
    decode();
}
