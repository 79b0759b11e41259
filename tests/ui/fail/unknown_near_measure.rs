//! Another word for the same.
use alloc_budget::alloc_budget;

#[alloc_budget(measured)]
fn decode() {}

fn main() {
    decode();
}
