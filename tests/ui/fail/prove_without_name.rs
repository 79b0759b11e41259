//! An assumption without its name.

use alloc_budget::alloc_budget;

#[alloc_budget(prove("codec::decode"))]
fn no_name() {}

fn main() {}
