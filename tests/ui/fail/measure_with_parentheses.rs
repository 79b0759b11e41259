//! `measure` stands alone.
use alloc_budget::alloc_budget;

#[alloc_budget(measure(1))]
fn decode() {}

fn main() {
    decode();
}
