//! A limit that was not finished.
use alloc_budget::alloc_budget;

#[alloc_budget(max =)]
fn decode() {}

fn main() {
    decode();
}
