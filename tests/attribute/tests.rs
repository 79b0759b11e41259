//! Tests with a budget of their own.

use alloc_budget::alloc_budget;

use super::allocate;

#[test]
#[alloc_budget(max = 1)]
fn below() {
    assert_eq!(allocate(), [1]);
}

#[alloc_budget(max = 1)]
#[test]
fn above() {
    assert_eq!(allocate(), [1]);
}

#[test]
#[alloc_budget(max = 0)]
#[should_panic(expected = "allocation budget exceeded: `tests::exceeded_below`")]
fn exceeded_below() {
    allocate();
}

#[should_panic(expected = "allocation budget exceeded: `tests::exceeded_above`")]
#[alloc_budget(max = 0)]
#[test]
fn exceeded_above() {
    allocate();
}

#[alloc_budget(max = 0)]
#[test]
fn with_a_result() -> Result<(), std::num::ParseIntError> {
    assert_eq!("1".parse::<u8>()?, 1);
    Ok(())
}
