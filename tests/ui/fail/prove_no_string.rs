//! An assumption that is no string.

use alloc_budget::alloc_budget;

#[alloc_budget(prove(assume = decode))]
fn no_string() {}

fn main() {}
