//! A path, and no limit.
use alloc_budget::alloc_budget;

#[alloc_budget(crate = ::alloc_budget)]
fn decode() {}

fn main() {
    decode();
}
