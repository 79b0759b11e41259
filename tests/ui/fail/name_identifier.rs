//! A name without quotes.
use alloc_budget::alloc_budget;

#[alloc_budget(max = 0, name = decode)]
fn decode() {}

fn main() {
    decode();
}
