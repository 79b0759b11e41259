//! An early return of the wrong type.
use alloc_budget::alloc_budget;

#[alloc_budget(max = 0)]
fn decode(n: u32) -> u32 {
    if n == 0 {
        return "empty";
    }
    n
}

fn main() {
    decode(1);
}
