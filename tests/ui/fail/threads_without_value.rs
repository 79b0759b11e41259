//! Whose threads?
use alloc_budget::alloc_budget;

#[alloc_budget(max = 0, threads)]
fn decode() {}

fn main() {
    decode();
}
