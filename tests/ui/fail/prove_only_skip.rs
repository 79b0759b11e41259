//! `prove = skip` without a limit.

use alloc_budget::alloc_budget;

#[alloc_budget(prove = skip)]
fn no_limit() {}

fn main() {}
