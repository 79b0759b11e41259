//! Not a function.
use alloc_budget::alloc_budget;

struct Decoder;

impl Iterator for Decoder {
    #[alloc_budget(max = 0)]
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        None
    }
}

fn main() {
    assert_eq!(Decoder.next(), None);
}
