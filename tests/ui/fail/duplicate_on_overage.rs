//! The second one is the mistake.
use alloc_budget::alloc_budget;

#[alloc_budget(max = 0, on_overage = warn, on_overage = warn)]
fn decode() {}

fn main() {
    decode();
}
