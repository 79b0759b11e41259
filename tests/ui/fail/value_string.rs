//! A number in quotes.
use alloc_budget::alloc_budget;

#[alloc_budget(max = "0")]
fn decode() {}

fn main() {
    decode();
}
