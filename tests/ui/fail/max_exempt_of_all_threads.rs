//! What other threads exempt, nobody hears of.
use alloc_budget::alloc_budget;

#[alloc_budget(max = 0, max_exempt = 0, threads = all)]
fn decode() {}

fn main() {
    decode();
}
