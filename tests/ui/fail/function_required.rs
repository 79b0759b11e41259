//! A trait method that each implementation has to write.
use alloc_budget::alloc_budget;

trait Decode {
    #[alloc_budget(max = 0)]
    fn decode(&self) -> u32;
}

struct Decoder;

impl Decode for Decoder {
    fn decode(&self) -> u32 {
        1
    }
}

fn main() {
    assert_eq!(Decoder.decode(), 1);
}
