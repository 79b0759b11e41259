//! Two arguments run together.
use alloc_budget::alloc_budget;

#[alloc_budget(measure name = "decode")]
fn decode() {}

fn main() {
    decode();
}
