//! The limit of an `impl` block is one of each function in it.
use alloc_budget::alloc_budget;

struct Decoder {
    rows: usize,
}

#[alloc_budget(max = self.rows)]
impl Decoder {
    fn decode(&self) -> usize {
        self.rows
    }

    fn new() -> Self {
        Self { rows: 1 }
    }
}

fn main() {
    Decoder::new().decode();
}
