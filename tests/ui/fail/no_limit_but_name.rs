//! A name says nothing about a limit.
use alloc_budget::alloc_budget;

#[alloc_budget(name = "decode")]
fn decode() {}

fn main() {
    decode();
}
