//! A reference of too short a life.
use alloc_budget::alloc_budget;

#[alloc_budget(max = 0)]
fn decode<'a, 'b>(long: &'a str, short: &'b str) -> &'a str {
    if long.is_empty() {
        return short;
    }
    long
}

fn main() {
    decode("", "");
}
