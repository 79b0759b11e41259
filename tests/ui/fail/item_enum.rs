//! Not a function.
use alloc_budget::alloc_budget;

#[alloc_budget(max = 0)]
enum Decoder {
    Fast,
}

fn main() {
    let _decoder = Decoder::Fast;
}
