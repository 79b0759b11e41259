//! The six limits: what each of them counts, where it draws the line, and what an overage says.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::error::Error;
use std::fmt::{Debug, Write as _};
use std::hint::black_box;
use std::panic;
use std::ptr;
use std::sync::{Barrier, Mutex};

use alloc_budget::{
    Budget, CallSite, CountingAllocator, Exceeded, Limit, Measurement, Overage, alloc_budget, exempt, measure,
};
use support::alone;

/// A block of so many bytes, allocated on the line that asks for it.
#[collapse_debuginfo(yes)]
macro_rules! block {
    ($bytes:expr) => {
        black_box(Vec::<u8>::with_capacity($bytes))
    };
}

fn budget(limit: Limit, allowed: u64) -> Budget {
    match limit {
        Limit::Allocations => Budget::new().max(allowed),
        Limit::Bytes => Budget::new().max_bytes(allowed),
        Limit::PeakBytes => Budget::new().max_peak_bytes(allowed),
        Limit::RetainedBytes => Budget::new().max_retained_bytes(allowed),
        Limit::Reallocations => Budget::new().max_reallocs(allowed),
        Limit::Deallocations => Budget::new().max_deallocs(allowed),
        _ => panic!("no budget for {limit:?}"),
    }
}

/// The limits that were passed, with what was measured and what was allowed.
fn numbers(overage: &Overage) -> Vec<(Limit, u64, u64)> {
    overage.exceeded().map(|Exceeded { limit, actual, allowed, .. }| (limit, actual, allowed)).collect()
}

/// Line, number of blocks and bytes of each call site, in the order of the file.
fn places(overage: &Overage) -> Vec<(u32, u64, u64)> {
    let mut places: Vec<_> =
        overage.call_sites().iter().map(|site| (site.line(), site.count(), site.bytes())).collect();
    places.sort_unstable();
    places
}

mod where_the_line_is {
    use super::*;

    /// Of every quantity a different amount.
    fn work() -> Vec<u8> {
        let first = block!(100);
        let mut second = block!(50);
        drop(first);
        second.reserve_exact(80);
        let mut third = block!(7);
        third.reserve_exact(8);
        second.reserve_exact(90);
        drop(third);
        black_box(second)
    }

    /// Reallocations are from 50 to 80 bytes, from 7 to 8 and from 80 to 90.
    const EXPECTED: [(Limit, u64); 6] = [
        (Limit::Allocations, 3 + 3),
        (Limit::Bytes, 100 + 50 + 80 + 7 + 8 + 90),
        (Limit::PeakBytes, 100 + 50),
        (Limit::RetainedBytes, 90),
        (Limit::Reallocations, 3),
        (Limit::Deallocations, 2 + 3),
    ];

    #[test]
    fn in_a_measurement() {
        let (_block, measurement) = measure(work);
        for (limit, expected) in EXPECTED {
            assert_eq!(measurement.value(limit), expected, "{limit}");
        }
        assert_eq!(measurement.retained_blocks(), 1);
    }

    #[test]
    fn in_a_budget() {
        for (limit, expected) in EXPECTED {
            assert!(budget(limit, expected).check(work).is_ok(), "{limit}");
            let overage = budget(limit, expected - 1).check(work).unwrap_err();
            assert_eq!(numbers(&overage), [(limit, expected, expected - 1)]);
        }
    }

    #[alloc_budget(max = allowed)]
    fn max(allowed: u64) {
        black_box(work());
    }

    #[alloc_budget(max_bytes = allowed)]
    fn max_bytes(allowed: u64) {
        black_box(work());
    }

    #[alloc_budget(max_peak_bytes = allowed)]
    fn max_peak_bytes(allowed: u64) {
        black_box(work());
    }

    #[alloc_budget(max_retained_bytes = allowed)]
    fn max_retained_bytes(kept: &mut Vec<u8>, allowed: u64) {
        *kept = work();
    }

    #[alloc_budget(max_reallocs = allowed)]
    fn max_reallocs(allowed: u64) {
        black_box(work());
    }

    #[alloc_budget(max_deallocs = allowed)]
    fn max_deallocs(kept: &mut Vec<u8>, allowed: u64) {
        *kept = work();
    }

    #[test]
    fn in_an_attribute() {
        for (limit, expected) in EXPECTED {
            let call = |allowed: u64| {
                panic::catch_unwind(|| match limit {
                    Limit::Allocations => max(allowed),
                    Limit::Bytes => max_bytes(allowed),
                    Limit::PeakBytes => max_peak_bytes(allowed),
                    Limit::RetainedBytes => max_retained_bytes(&mut Vec::new(), allowed),
                    Limit::Reallocations => max_reallocs(allowed),
                    _ => max_deallocs(&mut Vec::new(), allowed),
                })
            };
            assert!(call(expected).is_ok(), "{limit}");
            let message = call(expected - 1).expect_err("an overage");
            let message: String = *message.downcast().unwrap();
            let numbers = format!("{limit}   {expected} of {}", expected - 1);
            assert!(message.contains(&numbers), "{message}");
        }
    }

    #[test]
    fn all_at_once() {
        let mut all = Budget::new();
        for (limit, expected) in EXPECTED {
            all = match limit {
                Limit::Allocations => all.max(expected),
                Limit::Bytes => all.max_bytes(expected),
                Limit::PeakBytes => all.max_peak_bytes(expected),
                Limit::RetainedBytes => all.max_retained_bytes(expected),
                Limit::Reallocations => all.max_reallocs(expected),
                _ => all.max_deallocs(expected),
            };
        }
        assert!(all.check(work).is_ok());
        let overage = all.max(0).max_reallocs(1).check(work).unwrap_err();
        assert_eq!(numbers(&overage), [(Limit::Allocations, 6, 0), (Limit::Reallocations, 3, 1)]);
    }
}

/// Each two of them at once, by one allocation or reallocation.
#[test]
fn one_event_may_pass_several_limits() {
    type Work = fn() -> Vec<u8>;
    let allocate: Work = || block!(10);
    let reallocate: Work = || {
        let mut block = block!(10);
        block.reserve_exact(30);
        black_box(block)
    };
    let budget = |limits: &[(Limit, u64)]| {
        limits.iter().fold(Budget::new(), |budget, &(limit, allowed)| match limit {
            Limit::Allocations => budget.max(allowed),
            Limit::Bytes => budget.max_bytes(allowed),
            Limit::PeakBytes => budget.max_peak_bytes(allowed),
            Limit::RetainedBytes => budget.max_retained_bytes(allowed),
            Limit::Reallocations => budget.max_reallocs(allowed),
            _ => budget.max_deallocs(allowed),
        })
    };
    let cases: [(Work, &[u64]); 2] = [(allocate, &[1, 10, 10, 10]), (reallocate, &[2, 40, 30, 30, 1, 1])];
    for (work, values) in cases {
        let limits: Vec<_> = Limit::ALL.into_iter().zip(values.iter().map(|value| value - 1)).collect();
        for (at, first) in limits.iter().enumerate() {
            for second in &limits[at + 1..] {
                let overage = budget(&[*first, *second]).check(work).unwrap_err();
                let passed: Vec<_> = overage.exceeded().map(|exceeded| exceeded.limit).collect();
                assert_eq!(passed, [first.0, second.0]);
                assert_eq!(overage.call_sites().len(), 1, "{overage}");
            }
        }
    }
}

mod what_counts {
    use super::*;

    /// The measurement as (allocations, reallocations, deallocations, bytes, peak, retained).
    fn row(m: &Measurement) -> (u64, u64, u64, u64, u64, i64) {
        (m.allocations, m.reallocations, m.deallocations, m.bytes_allocated, m.peak_bytes, m.retained_bytes)
    }

    #[test]
    fn each_event() {
        let (mut block, m) = measure(|| block!(50));
        assert_eq!(row(&m), (1, 0, 0, 50, 50, 50), "alloc");
        let (zeroed, m) = measure(|| black_box(vec![0_u8; 70]));
        assert_eq!(row(&m), (1, 0, 0, 70, 70, 70), "alloc_zeroed");
        let ((), m) = measure(|| block.reserve_exact(80));
        assert_eq!(row(&m), (1, 1, 1, 80, 30, 30), "a realloc that grows: its peak is new less old");
        let ((), m) = measure(|| block.shrink_to(60));
        assert_eq!(row(&m), (1, 1, 1, 60, 0, -20), "a realloc that shrinks");
        let ((), m) = measure(|| drop(black_box(block)));
        assert_eq!(row(&m), (0, 0, 1, 0, 0, -60), "dealloc");
        let ((), m) = measure(|| drop(black_box(zeroed)));
        assert_eq!(row(&m), (0, 0, 1, 0, 0, -70), "dealloc of zeroed memory");
        let (_empty, m) = measure(|| (Vec::<u64>::new(), Box::new(()), vec![(); 1000], String::new()));
        assert_eq!(row(&m), (0, 0, 0, 0, 0, 0), "nothing of size zero is allocated");
    }

    /// Says which of its methods was called last, and has no memory to give where `fails`.
    struct Spy<'a> {
        called: &'a Cell<&'static str>,
        fails: bool,
    }

    impl Spy<'_> {
        fn answer(&self, called: &'static str, block: impl FnOnce() -> *mut u8) -> *mut u8 {
            self.called.set(called);
            if self.fails { ptr::null_mut() } else { block() }
        }
    }

    // SAFETY: it is `System`, or an allocator out of memory, which is allowed to return null.
    unsafe impl GlobalAlloc for Spy<'_> {
        unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
            // SAFETY: the caller's promises are passed on.
            self.answer("alloc", || unsafe { System.alloc(layout) })
        }

        unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
            // SAFETY: the caller's promises are passed on.
            self.answer("alloc_zeroed", || unsafe { System.alloc_zeroed(layout) })
        }

        unsafe fn realloc(&self, block: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
            // SAFETY: the caller's promises are passed on.
            self.answer("realloc", || unsafe { System.realloc(block, layout, new_size) })
        }

        unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
            self.called.set("dealloc");
            // SAFETY: the caller's promises are passed on.
            unsafe { System.dealloc(block, layout) };
        }
    }

    #[test]
    fn each_method_is_forwarded_to_the_same_method() {
        let called = &Cell::new("");
        let allocator = CountingAllocator::new(Spy { called, fails: false });
        let layout = Layout::from_size_align(100, 64).unwrap();
        let grown = Layout::from_size_align(300, 64).unwrap();
        // SAFETY: no layout is empty, and each block is freed with the layout it has, once.
        let ((), m) = measure(|| unsafe {
            let plain = allocator.alloc(layout);
            assert_eq!(called.get(), "alloc");
            let zeroed = allocator.alloc_zeroed(layout);
            assert_eq!(called.get(), "alloc_zeroed");
            let plain = allocator.realloc(plain, layout, 300);
            assert_eq!(called.get(), "realloc");
            assert_eq!(plain.addr() % 64, 0);
            allocator.dealloc(plain, grown);
            assert_eq!(called.get(), "dealloc");
            allocator.dealloc(zeroed, layout);
        });
        assert_eq!(row(&m), (3, 1, 3, 500, 400, 0));
    }

    #[test]
    fn a_failed_allocation_counts_nowhere() {
        let called = &Cell::new("");
        let allocator = CountingAllocator::new(Spy { called, fails: true });
        let layout = Layout::new::<[u8; 100]>();
        let full = CountingAllocator::system();
        // SAFETY: the layout is not empty, and a block that could not be reallocated stays as it is.
        let block = unsafe { full.alloc(layout) };
        // SAFETY: as above.
        let work = || unsafe {
            assert!(allocator.alloc(layout).is_null());
            assert!(allocator.alloc_zeroed(layout).is_null());
            assert!(allocator.realloc(block, layout, 300).is_null());
        };
        let ((), m) = measure(work);
        assert_eq!(called.get(), "realloc");
        assert_eq!(m, Measurement::default());
        assert!(Budget::new().max(0).max_peak_bytes(0).max_deallocs(0).check(work).is_ok());
        // SAFETY: the block has kept its layout, and is not used again.
        unsafe { full.dealloc(block, layout) };
    }

    #[test]
    fn nothing_of_other_threads() {
        let slot = Mutex::new(None);
        let turn = Barrier::new(2);
        std::thread::scope(|scope| {
            let other = scope.spawn(|| {
                turn.wait();
                turn.wait();
                let taken = slot.lock().unwrap().take();
                let ((), m) = measure(|| drop(black_box(taken)));
                turn.wait();
                m
            });
            *slot.lock().unwrap() = Some(block!(1));
            turn.wait();
            let ((), here) = measure(|| {
                *slot.lock().unwrap() = Some(block!(100));
                turn.wait();
                turn.wait();
            });
            assert_eq!(row(&here), (1, 0, 1, 100, 100, 99), "freed elsewhere, so it is retained here");
            assert_eq!(row(&other.join().unwrap()), (0, 0, 1, 0, 0, -100), "a block is freed where it is");
        });
    }

    #[test]
    fn blocks_that_are_left() {
        let keep = || {
            drop(block!(1));
            (block!(2), block!(3))
        };
        let (_kept, m) = measure(keep);
        assert_eq!((m.allocations, m.deallocations, m.retained_blocks()), (3, 1, 2));
    }

    #[test]
    fn less_than_nothing_is_within_every_limit() {
        let block = block!(100);
        let nothing = Budget::new().max(0).max_bytes(0).max_peak_bytes(0).max_retained_bytes(0);
        assert!(nothing.check(|| drop(black_box(block))).is_ok());
    }

    #[test]
    fn freed_first_makes_room_for_what_is_retained() {
        let before = block!(100);
        let swap = |before| {
            drop(black_box(before));
            block!(120)
        };
        let overage = Budget::new().max_retained_bytes(19).check(|| swap(before)).unwrap_err();
        assert_eq!(numbers(&overage), [(Limit::RetainedBytes, 20, 19)]);
        let before = block!(100);
        assert!(Budget::new().max_retained_bytes(20).check(|| swap(before)).is_ok());
    }
}

mod what_an_overage_lists {
    use super::*;

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
}

#[test]
fn every_budget_is_kept_where_they_are_switched_off() {
    alone("every_budget_is_kept_where_they_are_switched_off", &[("ALLOC_BUDGET", "off")], || {
        let kept = Budget::new().max(0).check(|| block!(10));
        assert_eq!(kept.unwrap().capacity(), 10);
        assert_eq!(measure(|| block!(10)).1.allocations, 1);
    });
}

#[test]
fn every_call_is_traced_where_that_is_asked_for() {
    #[alloc_budget(max = 1)]
    fn two() {
        drop([block!(10), block!(20)]);
    }
    alone("every_call_is_traced_where_that_is_asked_for", &[("ALLOC_BUDGET_TRACE", "full")], || {
        for _ in 0..3 {
            let report = *panic::catch_unwind(two).unwrap_err().downcast::<String>().unwrap();
            assert_eq!(report.matches(" ×1 ").count(), 2, "{report}");
        }
    });
}

mod exemption {
    use super::*;

    #[test]
    fn is_invisible_to_every_scope_around_it() {
        let kept = &Cell::new(Vec::new());
        let ((), outer) = measure(|| {
            let all = Budget::new().max(0).max_bytes(0).max_peak_bytes(0).max_retained_bytes(0);
            let result = all.max_reallocs(0).max_deallocs(0).check(|| {
                exempt(|| {
                    let mut block = block!(10);
                    block.reserve_exact(20);
                    drop(block!(1000));
                    kept.set(block);
                });
            });
            assert!(result.is_ok());
        });
        assert_eq!(outer, Measurement::default());
    }

    #[test]
    fn ends_where_it_ends() {
        let start = line!();
        let overage = Budget::new().max(0).check(|| {
            drop(block!(1));
            exempt(|| drop(block!(2)));
            drop(block!(3));
        });
        let overage = overage.unwrap_err();
        assert_eq!(overage.measurement().allocations, 2);
        assert_eq!(places(&overage), [(start + 2, 1, 1), (start + 4, 1, 3)]);
    }

    #[test]
    fn a_scope_in_it_enforces_and_lists_only_its_own() {
        let start = line!();
        let outer = Budget::new().max(0).check(|| {
            exempt(|| {
                drop(block!(1));
                let inner = Budget::new().max(1).check(|| {
                    drop(block!(2));
                    drop(block!(3));
                });
                let inner = inner.unwrap_err();
                assert_eq!(numbers(&inner), [(Limit::Allocations, 2, 1)]);
                assert_eq!(places(&inner), [(start + 6, 1, 3)]);
            });
        });
        assert!(outer.is_ok(), "{outer:?}");
    }

    #[test]
    fn in_an_exemption_is_no_different() {
        let ((), m) = measure(|| {
            exempt(|| {
                exempt(|| drop(block!(1)));
                drop(block!(2));
            });
            drop(block!(3));
        });
        assert_eq!((m.allocations, m.deallocations, m.bytes_allocated, m.peak_bytes), (1, 1, 3, 3));
    }

    #[test]
    fn the_peak_of_a_budget_in_it_is_none_of_the_outer_ones_business() {
        let ((), m) = measure(|| {
            exempt(|| assert!(Budget::new().max_peak_bytes(0).check(|| drop(block!(100))).is_err()));
        });
        assert_eq!(m, Measurement::default());
    }

    #[test]
    fn a_measurement_in_it_is_none_of_the_outer_ones_business() {
        let ((), outer) = measure(|| {
            let before = block!(10);
            let inner = exempt(|| {
                let (kept, inner) = measure(|| {
                    drop(block!(1000));
                    exempt(|| drop(block!(5000)));
                    block!(30)
                });
                drop(kept);
                inner
            });
            assert_eq!((inner.allocations, inner.peak_bytes, inner.retained_bytes), (2, 1000, 30));
            drop(before);
            drop(block!(20));
        });
        assert_eq!((outer.allocations, outer.deallocations), (2, 2));
        assert_eq!((outer.peak_bytes, outer.retained_bytes), (20, 0));
    }

    /// Each withholds nearly all that there is.
    #[test]
    fn and_a_budget_may_be_in_each_other_many_times() {
        fn level(depth: u64) {
            let overage = Budget::new().max(1).check(|| {
                drop((block!(1), block!(2)));
                if depth > 0 {
                    exempt(|| level(depth - 1));
                }
            });
            assert_eq!(numbers(&overage.unwrap_err()), [(Limit::Allocations, 2, 1)]);
        }
        level(100);
    }

    #[test]
    fn ends_with_the_panic_that_leaves_it() {
        let start = line!();
        let overage = Budget::new().max(0).check(|| {
            let payload = panic::catch_unwind(|| {
                exempt(|| {
                    exempt(|| drop(block!(1)));
                    panic::resume_unwind(Box::new(()));
                });
            });
            assert!(payload.is_err());
            drop(block!(3));
        });
        let overage = overage.unwrap_err();
        assert_eq!(overage.measurement().allocations, 1);
        assert_eq!(places(&overage), [(start + 9, 1, 3)]);
    }
}

mod as_data {
    use super::*;

    #[test]
    fn an_overage_says_what_was_measured_and_where() {
        let budget = Budget::new().max(1).max_bytes(100).max_deallocs(9).name("encode");
        let start = line!();
        let overage = budget.check(|| {
            drop(block!(10));
            drop(block!(200));
        });
        let overage = overage.unwrap_err();

        assert_eq!(overage.name(), "encode");
        assert_eq!((overage.location().file(), overage.location().line()), (file!(), start + 1));
        assert_eq!(numbers(&overage), [(Limit::Allocations, 2, 1), (Limit::Bytes, 210, 100)]);
        let m = overage.measurement();
        assert_eq!((m.allocations, m.bytes_allocated, m.peak_bytes, m.deallocations), (2, 210, 200, 2));
        let [site] = overage.call_sites() else { panic!("{overage}") };
        assert_eq!((site.file(), site.line()), (Some(file!()), start + 3));
        assert_eq!((site.count(), site.bytes(), site.is_deallocation()), (1, 200, false));
        assert!(site.column() > 0);
        // How they are called depends on the profile.
        let place = format!("{}:{}:{}   {}\n", file!(), site.line(), site.column(), site.function());
        assert!(overage.to_string().contains(&place), "{overage}");
        assert!(!site.function().is_empty());
        // An inlined function may be without its type.
        assert!(matches!(site.via(), [name] if name.ends_with("with_capacity")), "{:?}", site.via());
        let via = format!("  {}\n", site.via().join(" → "));
        assert!(overage.to_string().contains(&via) && via.trim() != "", "{overage}");
        assert_eq!(overage.left_out(), 0);
    }

    #[test]
    fn an_overage_without_a_name_has_that_of_its_place() {
        let overage = Budget::new().max(0).check(|| drop(block!(1))).unwrap_err();
        assert_eq!(overage.name(), overage.location().to_string());
    }

    #[test]
    fn an_overage_is_an_error_that_can_cross_threads() {
        fn is_well_behaved<T: Error + Clone + Debug + Send + Sync + 'static>(error: &T) -> String {
            error.clone().to_string()
        }
        let overage = Budget::new().max(0).name("encode").check(|| drop(block!(1))).unwrap_err();
        let text = is_well_behaved(&overage);
        assert!(text.starts_with("allocation budget exceeded: `encode`\n"), "{text}");
        let boxed: Box<dyn Error + Send + Sync> = Box::new(overage);
        assert_eq!(boxed.to_string(), text);
        assert!(boxed.source().is_none());
        assert!(format!("{boxed:?}").contains("\"encode\""), "{boxed:?}");
    }

    #[test]
    fn an_overage_is_not_seen_by_the_scopes_around_it() {
        let ((), m) = measure(|| {
            for _ in 0..3 {
                let overage = Budget::new().max(0).check(|| drop(block!(7))).unwrap_err();
                drop(black_box(overage));
            }
        });
        assert_eq!((m.allocations, m.deallocations, m.bytes_allocated), (3, 3, 21));
        assert_eq!((m.peak_bytes, m.retained_bytes), (7, 0));
    }

    #[test]
    fn an_overage_that_is_kept_is_not_seen_either() {
        let (overage, m) = measure(|| Budget::new().max(0).check(|| drop(block!(7))).unwrap_err());
        assert_eq!((m.allocations, m.deallocations, m.retained_bytes), (1, 1, 0));
        let ((), m) = measure(|| drop(overage));
        assert_eq!(m, Measurement::default());
    }
}

/// A thousand call sites.
mod thousand {
    macro_rules! ten {
        ($ten:ident) => {
            ten!($ten; a b c d e f g h i j);
        };
        ($ten:ident; $($name:ident)*) => {
            $(mod $name {
                $ten!();
            })*

            pub(super) fn sites() {
                $($name::sites();)*
            }
        };
    }

    macro_rules! hundred {
        () => {
            ten!(tenth);
        };
    }

    macro_rules! tenth {
        () => {
            ten!(site);
        };
    }

    macro_rules! site {
        () => {
            #[inline(never)]
            pub(super) fn sites() {
                // The path keeps the optimiser from making one function of them all.
                drop(std::hint::black_box(module_path!().to_owned()));
            }
        };
    }

    ten!(hundred);
}

mod report {
    use super::*;

    #[test]
    fn of_sixteen_call_sites_has_them_all_and_of_more_the_sum() {
        let sixteen = || {
            drop(block!(10));
            drop(block!(11));
            drop(block!(12));
            drop(block!(13));
            drop(block!(14));
            drop(block!(15));
            drop(block!(16));
            drop(block!(17));
            drop(block!(18));
            drop(block!(19));
            drop(block!(20));
            drop(block!(21));
            drop(block!(22));
            drop(block!(23));
            drop(block!(24));
            drop(block!(25));
        };
        let overage = Budget::new().max(0).check(sixteen).unwrap_err();
        assert_eq!(overage.to_string().matches(" ×1 ").count(), 16, "{overage}");
        assert!(!overage.to_string().contains("more call sites"), "{overage}");
        let eighteen = || {
            sixteen();
            drop(block!(3));
            drop(block!(4));
        };
        let overage = Budget::new().max(0).check(eighteen).unwrap_err();
        assert!(overage.to_string().contains("  … and 2 more call sites with 2 blocks, 7 B\n"), "{overage}");
    }

    #[test]
    fn of_a_thousand_call_sites_is_short_and_leaves_nothing_unsaid() {
        let overage = Budget::new().max(0).check(thousand::sites).unwrap_err();
        assert_eq!(overage.measurement().allocations, 1000);
        let sites = overage.call_sites();
        let listed: u64 = sites.iter().map(CallSite::count).sum();
        assert!(overage.left_out() > 0);
        assert_eq!(listed + overage.left_out(), 1000);
        // With line tables only, functions are known by their last name, and these have but one.
        if cfg!(debug_assertions) {
            assert_eq!(sites.len() as u64, listed, "each site is another one");
        }

        let text = overage.to_string();
        assert!(text.lines().count() < 60, "{text}");
        let counts = text.split('×').skip(1).map(|rest| rest.split(' ').next().unwrap());
        let shown: u64 = counts.map(|count| count.parse::<u64>().unwrap()).sum();
        for unsaid in [listed - shown, overage.left_out()] {
            let is_said = text.contains(&format!(" {unsaid} blocks, "));
            assert!(is_said || unsaid == 0, "{unsaid} of them: {text}");
        }
    }

    #[inline(never)]
    fn work() {
        let mut text = String::new();
        for i in 0..10 {
            let _ = write!(text, "{i}{}", black_box("x".repeat(i)));
        }
        let mut kept = Vec::new();
        kept.push(black_box(text.clone()));
        kept.extend((0..9).map(|i| format!("{i}{text}")));
        black_box(kept);
    }

    #[test]
    fn is_the_same_every_time() {
        let report = || {
            let budget = Budget::new().max(2).max_bytes(3).max_peak_bytes(4).max_deallocs(5).max_reallocs(0);
            budget.check(work).unwrap_err().to_string()
        };
        let first = report();
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..20 {
                        assert_eq!(report(), first);
                    }
                });
            }
        });
    }
}
