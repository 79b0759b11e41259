//! The second one is the mistake.
use alloc_budget::alloc_budget;

#[alloc_budget(measure, measure)]
fn decode() {}

fn main() {
    decode();
}
