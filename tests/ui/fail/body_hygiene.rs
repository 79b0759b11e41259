//! The names in the expansion are not the body's.
use alloc_budget::alloc_budget;

#[alloc_budget(max = 0)]
fn decode() {
    drop(_guard);
}

fn main() {
    decode();
}
