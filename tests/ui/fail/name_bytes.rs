//! A name is text.
use alloc_budget::alloc_budget;

#[alloc_budget(max = 0, name = b"decode")]
fn decode() {}

fn main() {
    decode();
}
