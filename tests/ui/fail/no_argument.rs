//! A budget without arguments.
use alloc_budget::alloc_budget;

#[alloc_budget()]
fn decode() {}

fn main() {
    decode();
}
