//! A local that does not live long enough.
use alloc_budget::alloc_budget;

#[alloc_budget(max = 0)]
fn decode<'a>() -> &'a str {
    let text = String::new();
    &text
}

fn main() {
    decode();
}
