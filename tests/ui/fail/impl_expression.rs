//! The limit of an `impl` block is one of each function in it.
use alloc_budget::alloc_budget;

struct Decoder;

#[alloc_budget(max = rows.len())]
impl Decoder {
    fn decode(&self, rows: &[u8]) -> usize {
        rows.len()
    }

    fn new() -> Self {
        Self
    }
}

fn main() {
    Decoder::new().decode(&[]);
}
