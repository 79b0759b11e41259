//! Two functions, two errors.
use alloc_budget::alloc_budget;

#[alloc_budget]
fn decode() {}

#[alloc_budget(max = true)]
fn encode() {}

fn main() {
    decode();
    encode();
}
