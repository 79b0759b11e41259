//! How many threads is not the question.
use alloc_budget::alloc_budget;

#[alloc_budget(max = 0, threads = 2)]
fn decode() {}

fn main() {
    decode();
}
