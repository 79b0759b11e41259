//! Where other allocation counters go wrong, and this one must not.

use std::hint::black_box;
use std::panic;
use std::sync::Barrier;

use alloc_budget::{Budget, Measurement, alloc_budget, measure};

/// `stats_alloc`, `heapster` and `dhat` count for the whole process: 1001 for 1.
#[test]
fn two_threads_do_not_see_each_other() {
    let turn = Barrier::new(2);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            turn.wait();
            for i in 0..1000 {
                drop(black_box(Box::new(i)));
            }
            turn.wait();
        });
        let (_, m) = measure(|| {
            turn.wait();
            let one = black_box(Box::new(1_u64));
            turn.wait();
            one
        });
        assert_eq!((m.allocations, m.bytes_allocated, m.deallocations, m.peak_bytes), (1, 8, 0, 8));
    });
}

/// `allocation-counter` adds the peaks of nested measurements up.
#[test]
fn nested_peaks_are_true() {
    let work = || drop(black_box(Vec::<u8>::with_capacity(100)));
    let (inner, outer) = measure(|| [measure(work).1, measure(work).1]);
    assert_eq!(inner.map(|m| m.peak_bytes), [100, 100]);
    assert_eq!(outer.peak_bytes, 100);
}

/// `mockalloc` calls it an error.
#[test]
fn a_scope_without_an_allocation_is_a_success() {
    let (sum, m) = measure(|| (1..=black_box(100)).sum::<u32>());
    assert_eq!((sum, m), (5050, Measurement::default()));
    assert_eq!(Budget::new().max(0).max_bytes(0).max_deallocs(0).check(|| 1).unwrap(), 1);
}

/// A panic inside a measurement leaves `allocation-counter` in it: what follows is counted into it.
#[test]
fn a_panic_leaves_a_sound_state() {
    let one = || drop(black_box(Box::new(1_u64)));
    let (payload, _) = measure(|| {
        panic::catch_unwind(|| {
            measure(|| {
                one();
                panic!("in the middle of a measurement");
            })
        })
    });
    assert!(payload.is_err());
    for _ in 0..3 {
        let ((), m) = measure(one);
        assert_eq!((m.allocations, m.deallocations, m.peak_bytes, m.retained_bytes), (1, 1, 8, 0));
    }
}

#[alloc_budget(max = depth)]
fn descend(depth: u64) {
    if depth > 0 {
        let block = black_box(Box::new(depth));
        descend(depth - 1);
        drop(block);
    }
}

/// `allocation-counter` has room for 64 levels, and aborts beyond.
#[test]
fn nesting_has_no_limit() {
    let ((), m) = measure(|| descend(500));
    assert_eq!((m.allocations, m.deallocations, m.peak_bytes, m.retained_bytes), (500, 500, 4000, 0));
}

/// A counter that is reset at each entry sees 1 allocation at every level, or 0 at the outermost.
#[test]
fn recursion_counts_at_every_level() {
    fn level(depth: u64, seen: &mut Vec<(u64, u64)>) {
        let (block, m) = measure(|| {
            let block = black_box(Box::new(depth));
            if depth > 1 {
                level(depth - 1, seen);
            }
            block
        });
        drop(block);
        seen.push((depth, m.allocations));
    }
    let mut seen = Vec::with_capacity(70);
    level(70, &mut seen);
    assert_eq!(seen, (1..=70).map(|depth| (depth, depth)).collect::<Vec<_>>());
}
