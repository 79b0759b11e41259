//! Two types where there can be one.
use alloc_budget::alloc_budget;

#[alloc_budget(max = 0)]
fn decode(n: u32) -> impl Iterator<Item = u32> {
    if n == 0 {
        return 0..n;
    }
    [n].into_iter()
}

fn main() {
    decode(1);
}
