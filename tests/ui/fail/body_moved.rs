//! A value that is gone.
use alloc_budget::alloc_budget;

#[alloc_budget(max = 0)]
fn decode(text: String) -> usize {
    drop(text);
    text.len()
}

fn main() {
    decode(String::new());
}
