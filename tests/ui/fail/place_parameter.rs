//! rustc keeps attributes from parameters.
use alloc_budget::alloc_budget;

fn decode(#[alloc_budget(max = 0)] _n: u32) {}

fn main() {
    decode(1);
}
