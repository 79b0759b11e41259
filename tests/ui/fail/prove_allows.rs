//! A proof of a function that may allocate.

use alloc_budget::alloc_budget;

#[alloc_budget(max = 2, prove)]
fn allows() {}

fn main() {}
