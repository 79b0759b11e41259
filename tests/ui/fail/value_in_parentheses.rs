//! A value comes after `=`.
use alloc_budget::alloc_budget;

#[alloc_budget(max(0))]
fn decode() {}

fn main() {
    decode();
}
