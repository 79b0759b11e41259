//! A proof has no overages.

use alloc_budget::alloc_budget;

#[alloc_budget(prove, on_overage = warn)]
fn no_overages() {}

fn main() {}
