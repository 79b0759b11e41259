//! Not a function.
use alloc_budget::alloc_budget;

#[alloc_budget(max = 0)]
unsafe extern "C" {
    safe fn abs(n: i32) -> i32;
}

fn main() {
    assert_eq!(abs(-1), 1);
}
