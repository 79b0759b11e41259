//! Not a function, even where it holds one.
use alloc_budget::alloc_budget;

#[alloc_budget(max = 0)]
const DECODE: fn() = || ();

fn main() {
    DECODE();
}
