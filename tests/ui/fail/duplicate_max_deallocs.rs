//! The second one is the mistake.
use alloc_budget::alloc_budget;

#[alloc_budget(max_deallocs = 0, max_deallocs = 1)]
fn decode() {}

fn main() {
    decode();
}
