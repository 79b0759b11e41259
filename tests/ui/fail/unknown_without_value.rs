//! Near to nothing, and without a value.
use alloc_budget::alloc_budget;

#[alloc_budget(realtime)]
fn decode() {}

fn main() {
    decode();
}
