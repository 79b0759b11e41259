//! Neither budget nor block.
use alloc_budget::budget;

fn main() {
    budget!();
}
