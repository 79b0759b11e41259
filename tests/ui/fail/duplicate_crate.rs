//! The second one is the mistake.
use alloc_budget::alloc_budget;

#[alloc_budget(max = 0, crate = ::alloc_budget, crate = ::alloc_budget)]
fn decode() {}

fn main() {
    decode();
}
