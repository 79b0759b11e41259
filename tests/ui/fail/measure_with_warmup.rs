//! Nothing is judged, so nothing is spared.
use alloc_budget::alloc_budget;

#[alloc_budget(measure, warmup = 1)]
fn decode() {}

fn main() {
    decode();
}
