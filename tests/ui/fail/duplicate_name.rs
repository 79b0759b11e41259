//! The second one is the mistake.
use alloc_budget::alloc_budget;

#[alloc_budget(max = 0, name = "a", name = "b")]
fn decode() {}

fn main() {
    decode();
}
