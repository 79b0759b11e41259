//! An unsafe call.
use alloc_budget::alloc_budget;

#[alloc_budget(max = 0)]
fn decode(text: &[u8]) -> &str {
    std::str::from_utf8_unchecked(text)
}

fn main() {
    decode(b"");
}
