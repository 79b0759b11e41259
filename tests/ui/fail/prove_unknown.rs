//! A misspelled assumption.

use alloc_budget::alloc_budget;

#[alloc_budget(prove(assumes = "codec::decode"))]
fn unknown() {}

fn main() {}
