//! Not a function.
use alloc_budget::alloc_budget;

#[alloc_budget(max = 0)]
union Decoder {
    word: u32,
}

fn main() {
    let _decoder = Decoder { word: 1 };
}
