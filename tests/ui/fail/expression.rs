//! A limit of what?
use alloc_budget::alloc_budget;

#[alloc_budget(1 + 1)]
fn decode() {}

fn main() {
    decode();
}
