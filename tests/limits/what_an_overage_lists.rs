//! The call sites of an overage: those past the limit, whichever it is.

use std::hint::black_box;

use alloc_budget::{Budget, CallSite, Limit};

use super::{numbers, places, thousand};

#[test]
fn max_lists_allocations_past_the_limit() {
    let start = line!();
    let overage = Budget::new().max(1).check(|| {
        let _within = block!(10);
        let mut past = block!(20);
        past.reserve_exact(30);
        drop(black_box(past));
    });
    assert_eq!(places(&overage.unwrap_err()), [(start + 3, 1, 20), (start + 4, 1, 30)]);
}

#[test]
fn max_bytes_lists_allocations_past_the_limit() {
    let start = line!();
    let overage = Budget::new().max_bytes(100).check(|| {
        let _within = block!(60);
        let _past = block!(41);
        let _far_past = block!(1);
    });
    assert_eq!(places(&overage.unwrap_err()), [(start + 3, 1, 41), (start + 4, 1, 1)]);
}

#[test]
fn max_peak_bytes_lists_allocations_above_it() {
    let start = line!();
    let overage = Budget::new().max_peak_bytes(100).check(|| {
        let within = block!(60);
        let past = block!(41);
        drop(black_box((within, past)));
        drop(block!(100));
        drop(block!(101));
    });
    assert_eq!(places(&overage.unwrap_err()), [(start + 3, 1, 41), (start + 6, 1, 101)]);
}

#[test]
fn max_retained_bytes_lists_blocks_that_are_still_live() {
    let start = line!();
    let overage = Budget::new().max_retained_bytes(0).check(|| {
        drop(block!(10));
        let kept = block!(20);
        drop(block!(30));
        let mut grown = block!(5);
        grown.reserve_exact(40);
        for _ in 0..10 {
            drop(block!(50));
        }
        black_box((kept, grown))
    });
    assert_eq!(places(&overage.unwrap_err()), [(start + 3, 1, 20), (start + 6, 1, 40)]);
}

#[test]
fn max_retained_bytes_finds_one_leak_among_many_blocks_that_are_freed() {
    let mut kept = Vec::with_capacity(1);
    let leak = line!() + 4;
    let overage = Budget::new().max_retained_bytes(0).check(|| {
        // More than one scope has room for.
        thousand::sites();
        kept.push(block!(20));
    });
    let overage = overage.unwrap_err();
    assert_eq!(places(&overage), [(leak, 1, 20)]);
    assert_eq!(overage.left_out(), 0);
}

#[test]
fn max_retained_bytes_accounts_for_any_number_of_blocks() {
    let mut kept = Vec::with_capacity(10_000);
    let overage = Budget::new()
        .max_retained_bytes(0)
        .check(|| kept.extend((0..10_000).map(|_| block!(3))))
        .unwrap_err();
    let listed: u64 = overage.call_sites().iter().map(CallSite::count).sum();
    assert_eq!(listed + overage.left_out(), 10_000);
}

#[test]
fn max_reallocs_lists_reallocations_past_the_limit() {
    let start = line!();
    let overage = Budget::new().max_reallocs(1).check(|| {
        let mut block = block!(10);
        block.reserve_exact(20);
        block.reserve_exact(30);
        block.shrink_to(25);
        drop(black_box(block));
    });
    assert_eq!(places(&overage.unwrap_err()), [(start + 4, 1, 30), (start + 5, 1, 25)]);
}

#[test]
fn max_deallocs_lists_what_is_freed_past_the_limit() {
    let start = line!();
    let overage = Budget::new().max_deallocs(1).check(|| {
        drop(block!(10));
        drop(block!(20));
        let mut block = block!(30);
        block.reserve_exact(40);
        black_box(block)
    });
    let overage = overage.unwrap_err();
    assert_eq!(places(&overage), [(start + 3, 1, 20), (start + 5, 1, 40)]);
    let is_freed = |line| overage.call_sites().iter().find(|site| site.line() == line).unwrap();
    assert!(is_freed(start + 3).is_deallocation());
    assert!(!is_freed(start + 5).is_deallocation(), "a reallocation is listed as the block it made");
}

#[test]
fn a_limit_passed_for_a_moment_lists_nothing() {
    let start = line!();
    let overage = Budget::new().max_retained_bytes(0).max_reallocs(0).check(|| {
        drop(block!(10));
        let mut block = block!(20);
        block.reserve_exact(30);
        drop(black_box(block));
    });
    let overage = overage.unwrap_err();
    assert_eq!(numbers(&overage), [(Limit::Reallocations, 1, 0)]);
    assert_eq!(places(&overage), [(start + 4, 1, 30)]);
}

#[test]
fn equal_sites_are_merged_and_the_largest_comes_first() {
    let start = line!();
    let overage = Budget::new().max(0).check(|| {
        for bytes in [5, 6, 7] {
            drop(block!(bytes));
        }
        drop(block!(100));
    });
    let overage = overage.unwrap_err();
    let sites: Vec<_> = overage.call_sites().iter().map(|site| (site.line(), site.count())).collect();
    assert_eq!(sites, [(start + 5, 1), (start + 3, 3)]);
}
