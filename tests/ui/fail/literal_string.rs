//! A name for what?
use alloc_budget::alloc_budget;

#[alloc_budget("decode")]
fn decode() {}

fn main() {
    decode();
}
