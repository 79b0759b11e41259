//! A limit of what?
use alloc_budget::alloc_budget;

#[alloc_budget(max = 0, 64)]
fn decode() {}

fn main() {
    decode();
}
