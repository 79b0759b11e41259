//! There can be no overage.
use alloc_budget::alloc_budget;

#[alloc_budget(measure, on_overage = warn)]
fn decode() {}

fn main() {
    decode();
}
