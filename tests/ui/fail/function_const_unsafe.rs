//! A method that may run at compile time.
use alloc_budget::alloc_budget;

struct Decoder;

impl Decoder {
    #[alloc_budget(max = 0)]
    pub(crate) const unsafe fn decode(&self) -> u32 {
        1
    }
}

fn main() {
    // SAFETY: it asks for nothing.
    assert_eq!(unsafe { Decoder.decode() }, 1);
}
