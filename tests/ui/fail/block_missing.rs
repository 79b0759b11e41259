//! A budget for nothing.
use alloc_budget::budget;

fn main() {
    budget!(max = 0);
}
