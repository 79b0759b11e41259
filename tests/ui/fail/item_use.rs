//! Not a function, even where it names one.
use alloc_budget::alloc_budget;

#[alloc_budget(max = 0)]
use std::process::abort as stop;

fn main() {
    let _stop = stop;
}
