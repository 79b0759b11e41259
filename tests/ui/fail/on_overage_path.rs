//! An action is a single word.
use alloc_budget::alloc_budget;

#[alloc_budget(max = 0, on_overage = OnOverage::Warn)]
fn decode() {}

fn main() {
    decode();
}
