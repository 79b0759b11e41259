//! rustc keeps attributes from fields.
use alloc_budget::alloc_budget;

struct Decoder {
    #[alloc_budget(max = 0)]
    decode: fn(),
}

fn main() {
    (Decoder { decode: main }.decode)();
}
