//! An action in quotes.
use alloc_budget::alloc_budget;

#[alloc_budget(max = 0, on_overage = "warn")]
fn decode() {}

fn main() {
    decode();
}
