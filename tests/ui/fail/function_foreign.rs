//! A function whose body is elsewhere.
use alloc_budget::alloc_budget;

unsafe extern "C" {
    #[alloc_budget(max = 0)]
    safe fn abs(n: i32) -> i32;
}

fn main() {
    assert_eq!(abs(-1), 1);
}
