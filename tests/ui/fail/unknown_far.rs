//! Near to nothing: all arguments are listed.
use alloc_budget::alloc_budget;

#[alloc_budget(frobnicate = 0)]
fn decode() {}

fn main() {
    decode();
}
