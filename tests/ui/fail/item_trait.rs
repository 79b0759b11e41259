//! Not a function, but a place for several.
use alloc_budget::alloc_budget;

#[alloc_budget(max = 0)]
trait Decode {
    fn decode(&self) {}
}

impl Decode for u8 {}

fn main() {
    1_u8.decode();
}
