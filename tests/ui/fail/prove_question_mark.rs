//! A `?` out of a block that is proven.

use alloc_budget::budget;

fn leaves(values: &[u32]) -> Option<u32> {
    budget!(max = 0, prove, { Some(*values.first()?) })
}

fn main() {}
