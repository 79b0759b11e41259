//! The function's other attributes go on working, above the budget and below it.
#![deny(warnings)]
#![allow(unknown_lints)]

use alloc_budget::alloc_budget;

#[must_use]
#[alloc_budget(max = 0)]
#[inline]
fn above() -> u32 {
    1
}

#[alloc_budget(max = 0)]
#[allow(naked)]
fn not_naked() -> u32 {
    1
}

#[alloc_budget(max = 0)]
#[must_use = "it is all there is"]
#[inline(always)]
fn below() -> u32 {
    1
}

#[alloc_budget(max = 0)]
#[expect(unused_must_use)]
fn must_use_is_kept() {
    above();
    below();
}

#[alloc_budget(max = 0)]
#[deprecated(since = "0.1.0", note = "on purpose")]
#[cold]
#[inline(never)]
fn deprecated() -> u32 {
    1
}

#[expect(deprecated)]
fn deprecated_is_kept() -> u32 {
    deprecated()
}

#[alloc_budget(max = 0)]
#[unsafe(no_mangle)]
extern "C" fn alloc_budget_ui_exported() -> u32 {
    1
}

mod linked {
    unsafe extern "C" {
        pub(super) safe fn alloc_budget_ui_exported() -> u32;
    }
}

/// Documentation,
#[doc = "in several forms,"]
#[alloc_budget(max = 0)]
/// above and below,
/** and in a block. */
#[doc(hidden)]
pub fn documented() -> u32 {
    1
}

#[alloc_budget(max = 0)]
#[allow(unused_variables, clippy::needless_pass_by_value)]
#[rustfmt::skip]
fn lint_levels(n: u32) -> u32 { let unused = 1; 1 }

#[test]
#[alloc_budget(max = 0)]
fn test_above() {
    assert_eq!(above(), 1);
}

#[alloc_budget(max = 0)]
#[test]
#[should_panic]
fn test_below() {
    assert_eq!(above(), 2);
}

fn main() {
    must_use_is_kept();
    let sum = above() + below() + deprecated_is_kept() + documented() + lint_levels(1);
    assert_eq!(sum + alloc_budget_ui_exported() + linked::alloc_budget_ui_exported(), 7);
}
