//! Not a function.
use alloc_budget::alloc_budget;

struct Decoder;

impl Decoder {
    #[alloc_budget(max = 0)]
    const WIDTH: u32 = 1;
}

fn main() {
    assert_eq!(Decoder::WIDTH, 1);
}
