//! rustc keeps attributes from the inside of a body.
use alloc_budget::alloc_budget;

fn decode() {
    #![alloc_budget(max = 0)]
}

fn main() {
    decode();
}
