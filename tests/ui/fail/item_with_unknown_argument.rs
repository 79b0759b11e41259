//! Where the item is wrong, its arguments do not matter.
use alloc_budget::alloc_budget;

#[alloc_budget(maximum = 0)]
struct Decoder;

fn main() {
    let _decoder = Decoder;
}
