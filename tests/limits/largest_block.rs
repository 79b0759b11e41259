//! `max_block_bytes`: the largest single block, however many there are.

use std::alloc::{Layout, alloc_zeroed, dealloc};
use std::hint::black_box;
use std::thread;

use alloc_budget::__macro_support::Limits;
use alloc_budget::{Budget, Handle, Limit, alloc_budget, exempt, measure};
use support::{alone, block_on, catch};

use super::{numbers, places};

/// Many of up to 100 bytes.
fn work() -> Vec<u8> {
    (0..50).for_each(|_| drop(block!(90)));
    let mut grown = block!(60);
    grown.reserve_exact(100);
    (0..50).for_each(|_| drop(block!(90)));
    grown
}

fn zeroed(size: usize) {
    let layout = Layout::from_size_align(size, 1).unwrap();
    // SAFETY: the size is not zero, and the block is freed with its own layout.
    unsafe { dealloc(black_box(alloc_zeroed(layout)), layout) };
}

#[test]
fn is_where_the_line_is() {
    let at_most = |bytes| Budget::new().max_block_bytes(bytes);
    assert!(at_most(100).check(work).is_ok());
    let overage = at_most(99).check(work).unwrap_err();
    assert_eq!(numbers(&overage), [(Limit::BlockBytes, 100, 99)]);
    assert_eq!(overage.measurement().allocations, 102);
    assert!(at_most(100).check(|| zeroed(100)).is_ok());
    assert!(at_most(99).check(|| zeroed(100)).is_err());
    assert!(at_most(0).check(|| ()).is_ok());
    assert!(at_most(0).check(|| block!(1)).is_err());
}

#[alloc_budget(max_block_bytes = limit)]
fn limited(limit: usize) -> Vec<u8> {
    work()
}

#[test]
fn the_attribute_says_what_it_would_take() {
    assert_eq!(catch(|| limited(100)).unwrap().capacity(), 100);
    let message = catch(|| limited(99)).unwrap_err().message;
    assert!(message.contains("bytes   9 160      largest block   100 of 99\n"), "{message}");
    assert!(message.contains("help: raise the budget to `max_block_bytes = 100`"), "{message}");
}

#[test]
fn the_report_has_the_blocks_that_are_too_large_and_no_others() {
    let first = line!() + 3;
    let overage = Budget::new().max_block_bytes(50).check(|| {
        drop(block!(40));
        drop(block!(60));
        drop(block!(50));
        (0..3).for_each(|_| drop(block!(70)));
    });
    assert_eq!(places(&overage.unwrap_err()), [(first, 1, 60), (first + 2, 3, 210)]);
}

#[test]
fn is_found_where_call_sites_are_not_wanted() {
    let test = "largest_block::is_found_where_call_sites_are_not_wanted";
    alone(test, &[("ALLOC_BUDGET_TRACE", "off")], || {
        let overage = Budget::new().max_block_bytes(99).check(work).unwrap_err();
        assert_eq!(numbers(&overage), [(Limit::BlockBytes, 100, 99)]);
        assert_eq!((overage.call_sites().len(), overage.left_out()), (0, 0), "{overage}");
    });
}

/// Each scope has a limit of its own, and other limits beside it.
#[test]
fn scopes_in_each_other_are_undisturbed() {
    let outer = Budget::new().max_block_bytes(30).check(|| {
        drop(block!(30));
        let inner = Budget::new().max(1).max_bytes(25).max_block_bytes(20).check(|| {
            drop(block!(10));
            drop(block!(21));
        });
        exempt(|| {
            let passed = [(Limit::Allocations, 2, 1), (Limit::Bytes, 31, 25), (Limit::BlockBytes, 21, 20)];
            assert_eq!(numbers(&inner.unwrap_err()), passed);
        });
        exempt(|| drop(block!(1000)));
        assert!(Budget::new().max(1).max_bytes(31).check(|| block!(31)).is_ok());
        let (_, m) = measure(|| block!(32));
        assert_eq!((m.bytes_allocated, m.largest_block_bytes), (32, 0));
    });
    assert_eq!(numbers(&outer.unwrap_err()), [(Limit::BlockBytes, 32, 30)]);
}

#[test]
fn polls_are_one_scope() {
    let future = |large: usize| async move {
        for size in [10, 10, large, 10] {
            drop(block!(size));
            support::pause().await;
        }
    };
    let budget = Budget::new().max_block_bytes(15);
    assert!(block_on(budget.check_future(future(15))).is_ok());
    let overage = block_on(budget.check_future(future(16))).unwrap_err();
    assert_eq!(numbers(&overage), [(Limit::BlockBytes, 16, 15)]);
}

#[test]
fn work_of_other_threads_is_seen() {
    let handed = |size: usize| {
        move || {
            let scope = Handle::current();
            thread::scope(|threads| threads.spawn(|| scope.run(|| drop(block!(size)))).join().unwrap());
        }
    };
    let budget = Budget::new().max_block_bytes(100_000);
    assert!(budget.check(handed(100_000)).is_ok());
    // The scope around has no such limit, or a looser one.
    let around = Budget::new().max_block_bytes(200_000).check(|| {
        let overage = budget.check(handed(100_001)).unwrap_err();
        assert_eq!(numbers(&overage), [(Limit::BlockBytes, 100_001, 100_000)]);
    });
    assert!(around.is_ok());
}

#[test]
fn every_limit_has_a_field() {
    assert_eq!(size_of::<Limits>(), Limit::ALL.len() * size_of::<u64>());
}
