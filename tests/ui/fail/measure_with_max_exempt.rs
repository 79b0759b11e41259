//! Nothing is judged, so nothing is limited.
use alloc_budget::alloc_budget;

#[alloc_budget(measure, max_exempt = 0)]
fn decode() {}

fn main() {
    decode();
}
