//! A `break` out of a block that is proven.

use alloc_budget::budget;

fn leaves(values: &[u32]) {
    for value in values {
        budget!(max = 0, prove, { if *value > 3 { break } });
    }
}

fn main() {}
