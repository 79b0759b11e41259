//! Not a function.
use alloc_budget::alloc_budget;

#[alloc_budget(max = 0)]
struct Decoder;

fn main() {
    let _decoder = Decoder;
}
