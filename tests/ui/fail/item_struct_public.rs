//! Not a function: what is said is said of its first word.
use alloc_budget::alloc_budget;

#[alloc_budget(max = 0)]
#[derive(Clone)]
pub(crate) struct Decoder {
    pub(crate) decode: fn(),
}

fn main() {
    (Decoder { decode: main }).clone();
}
