//! Near to nothing: all actions are listed.
use alloc_budget::alloc_budget;

#[alloc_budget(max = 0, on_overage = ignore)]
fn decode() {}

fn main() {
    decode();
}
