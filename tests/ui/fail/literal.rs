//! A limit of what?
use alloc_budget::alloc_budget;

#[alloc_budget(0)]
fn decode() {}

fn main() {
    decode();
}
