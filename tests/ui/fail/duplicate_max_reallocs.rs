//! The second one is the mistake.
use alloc_budget::alloc_budget;

#[alloc_budget(max_reallocs = 0, max_reallocs = 1)]
fn decode() {}

fn main() {
    decode();
}
