//! Attributes and documentation inside the body.
#![deny(unused_variables, unused_mut, missing_docs)]

use alloc_budget::alloc_budget;

#[alloc_budget(max = 0)]
fn attribute() {
    #![allow(unused_variables)]
    let n = 1;
}

#[alloc_budget(max = 0)]
fn several(n: u32) -> u32 {
    #![allow(unused_variables)]
    #![allow(unused_mut, reason = "to see that the second counts too")]
    let mut m = 1;
    n
}

/// Outside,
#[alloc_budget(max = 0)]
pub fn documentation() -> u32 {
    //! and inside,
    /*! and in a block. */
    #![doc = "And spelled out."]
    1
}

#[alloc_budget(max = 0)]
fn then_items() -> u32 {
    #![expect(unused_variables)]
    const N: u32 = 1;
    let n = 2;
    N
}

#[alloc_budget(max = 0)]
fn only_attributes() {
    #![allow(unused)]
}

#[alloc_budget(max = 0)]
fn conditional() -> u32 {
    #![cfg_attr(all(), allow(unused_variables))]
    let n = 1;
    1
}

fn main() {
    attribute();
    only_attributes();
    assert_eq!([several(1), documentation(), then_items(), conditional()], [1; 4]);
}
