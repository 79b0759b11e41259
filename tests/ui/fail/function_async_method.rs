//! Not yet.
use alloc_budget::alloc_budget;

struct Decoder;

impl Decoder {
    #[alloc_budget(max = 0)]
    pub async unsafe fn decode(&self) {}
}

fn main() {
    // SAFETY: it asks for nothing.
    drop(unsafe { Decoder.decode() });
}
