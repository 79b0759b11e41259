//! A macro in a block that is proven may leave it.

use alloc_budget::budget;

fn leaves(values: &[u32]) {
    budget!(max = 0, prove, { my_macro!(values) });
}

fn main() {}
