//! Not a function, even where it is the type of one.
use alloc_budget::alloc_budget;

#[alloc_budget(max = 0)]
type Decode = fn();

fn main() {
    let _decode: Decode = main;
}
