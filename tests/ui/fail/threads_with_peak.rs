//! Nobody knows the peak of all threads.
use alloc_budget::alloc_budget;

#[alloc_budget(threads = all, max_peak_bytes = 1_000)]
fn decode() {}

fn main() {
    decode();
}
