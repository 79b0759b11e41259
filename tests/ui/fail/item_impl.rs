//! Not a function, but a place for several.
use alloc_budget::alloc_budget;

struct Decoder;

#[alloc_budget(max = 0)]
impl Decoder {
    fn decode(&self) {}
}

fn main() {
    Decoder.decode();
}
