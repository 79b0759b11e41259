//! An action that is not given.
use alloc_budget::alloc_budget;

#[alloc_budget(max = 0, on_overage)]
fn decode() {}

fn main() {
    decode();
}
