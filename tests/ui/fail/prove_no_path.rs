//! An assumption without the crate in front.

use alloc_budget::alloc_budget;

#[alloc_budget(prove(assume = "decode"))]
fn no_path() {}

fn main() {}
