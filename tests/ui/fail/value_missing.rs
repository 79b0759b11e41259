//! A limit that says nothing.
use alloc_budget::alloc_budget;

#[alloc_budget(max)]
fn decode() {}

fn main() {
    decode();
}
