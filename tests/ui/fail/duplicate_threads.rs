//! The same twice.
use alloc_budget::alloc_budget;

#[alloc_budget(max = 0, threads = all, threads = all)]
fn decode() {}

fn main() {
    decode();
}
