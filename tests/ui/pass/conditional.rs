//! Budgets under conditions.
use std::panic::catch_unwind;

use alloc_budget::alloc_budget;

#[cfg_attr(all(), alloc_budget(max = 0))]
fn on() -> Vec<u8> {
    vec![1]
}

#[cfg_attr(any(), alloc_budget(no such = argument))]
fn off() -> Vec<u8> {
    vec![1]
}

#[cfg_attr(all(), alloc_budget(max = 1), must_use)]
#[cfg_attr(debug_assertions, inline(never))]
fn several() -> Vec<u8> {
    vec![1]
}

#[alloc_budget(max = 0)]
#[cfg(any())]
fn gone() -> Missing {}

#[cfg(all())]
#[alloc_budget(max = if cfg!(any()) { 0 } else { 1 })]
fn by_value() -> Vec<u8> {
    vec![1]
}

fn main() {
    std::panic::set_hook(Box::new(|_| ()));
    assert!(catch_unwind(on).is_err());
    assert_eq!((off(), several(), by_value()), (vec![1], vec![1], vec![1]));
}
