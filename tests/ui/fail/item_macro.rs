//! Not a function, even where it makes one.
use alloc_budget::alloc_budget;

#[alloc_budget(max = 0)]
macro_rules! decode {
    () => {};
}

fn main() {
    decode!();
}
