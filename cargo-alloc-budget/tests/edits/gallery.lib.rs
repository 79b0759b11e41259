//! A budget of each kind, most of them too small.

#![allow(dead_code)]

use alloc_budget::{alloc_budget, alloc_budget as limited, budget};

mod crlf;
include!(concat!(env!("OUT_DIR"), "/made.rs"));

pub fn spend(blocks: usize) {
    for _ in 0..blocks {
        drop(std::hint::black_box(Box::new(1_u8)));
    }
}

#[alloc_budget(max = 1)]
pub fn plain() {
    spend(3);
}

#[alloc_budget(max = 0x0A_u64, max_bytes = 1_0usize /* max = 1 */, max_deallocs = 200)]
fn styled() {
    spend(120);
}

#[limited(max = 0)]
fn renamed() {
    spend(1);
}

#[alloc_budget::alloc_budget(max=0,)]
fn by_path() {
    spend(1);
}

#[cfg_attr(all(), alloc_budget(max = 1))]
fn conditional() {
    spend(2);
}

#[cfg_attr(debug_assertions, alloc_budget(max = 1))]
#[cfg_attr(not(debug_assertions), alloc_budget(max = 9))]
fn pair() {
    spend(2);
}

#[cfg_attr(debug_assertions, alloc_budget(max = 1))]
#[cfg_attr(not(debug_assertions), alloc_budget(max = 1))]
fn equal_pair() {
    spend(2);
}

#[alloc_budget(max = blocks - 1)]
fn expression(blocks: usize) {
    spend(blocks);
}

const LIMIT: usize = 1;

#[alloc_budget(max = LIMIT)]
fn constant() {
    spend(2);
}

struct Boxed;

#[alloc_budget(max = 1, name = "in an impl")]
impl Boxed {
    fn one() {
        spend(1);
    }

    fn two() {
        spend(2);
    }

    #[alloc_budget(max = 2)]
    fn three() {
        spend(3);
    }
}

#[alloc_budget(max = 1)]
trait Spends {
    fn provided(&self) {
        spend(2);
    }
}

impl Spends for Boxed {}

#[alloc_budget(max = 1)]
mod inside {
    pub(super) fn of_module() {
        super::spend(2);
    }
}

fn block() {
    budget!(max = 1, {
        spend(2);
    });
}

macro_rules! make {
    ($name:ident) => {
        #[alloc_budget(max = 1)]
        fn $name() {
            spend(2);
        }
    };
}

make!(made);

macro_rules! pass {
    ($($item:item)*) => { $($item)* };
}

pass! {
    #[alloc_budget(max = 1)]
    fn passed() {
        spend(2);
    }
}

#[alloc_budget(measure)]
fn measured() {
    spend(4);
}

#[alloc_budget(name = "label", measure)]
fn labelled() {
    spend(5);
}

#[alloc_budget(max = 1)] fn left() { spend(2) } #[alloc_budget(max = 1)] fn right() { spend(3) }

#[alloc_budget(max = 1)]
fn generic<T: Default>(blocks: usize) -> T {
    spend(blocks);
    T::default()
}

#[alloc_budget(max = 255u8)]
fn narrow() {
    spend(256);
}

#[alloc_budget(max = 0)]
fn expected() {
    spend(1);
}

#[alloc_budget(max = 9)]
fn generous() {
    spend(1);
}

/// ```
/// #[alloc_budget::alloc_budget(max = 0)]
/// fn documented() {
///     gallery::spend(1);
/// }
/// documented();
/// ```
pub fn documented() {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all() {
        plain();
        styled();
        renamed();
        by_path();
        conditional();
        pair();
        equal_pair();
        expression(3);
        constant();
        Boxed::one();
        Boxed::two();
        Boxed::three();
        Boxed.provided();
        inside::of_module();
        block();
        made();
        passed();
        measured();
        labelled();
        left();
        right();
        let _: (u8, String) = (generic(2), generic(4));
        narrow();
        generous();
        of_build();
        crlf::wide();
        crlf::tabbed();
    }

    #[test]
    #[should_panic(expected = "allocation budget exceeded")]
    fn wants_an_overage() {
        expected();
    }
}
