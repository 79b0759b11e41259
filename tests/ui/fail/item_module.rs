//! Not a function, but a place for several.
use alloc_budget::alloc_budget;

#[alloc_budget(max = 0)]
mod decoder {
    pub(crate) fn decode() {}
}

fn main() {
    decoder::decode();
}
