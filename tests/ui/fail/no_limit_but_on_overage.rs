//! An overage of no limit.
use alloc_budget::alloc_budget;

#[alloc_budget(on_overage = warn)]
fn decode() {}

fn main() {
    decode();
}
