//! A name is a literal.
use alloc_budget::alloc_budget;

#[alloc_budget(max = 0, name = concat!("de", "code"))]
fn decode() {}

fn main() {
    decode();
}
