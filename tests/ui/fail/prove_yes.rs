//! `prove` with a value that is not `skip`.

use alloc_budget::alloc_budget;

#[alloc_budget(prove = yes)]
fn not_skip() {}

fn main() {}
