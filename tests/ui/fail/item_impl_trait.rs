//! No function in it.
use alloc_budget::alloc_budget;

struct Decoder;

#[alloc_budget(max = 0)]
unsafe impl Send for Decoder {}

fn main() {
    let _decoder = Decoder;
}
