//! A flag.
use alloc_budget::alloc_budget;

#[alloc_budget(max = true)]
fn decode() {}

fn main() {
    decode();
}
