//! What an allocation, a reallocation and a deallocation add to each number.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::hint::black_box;
use std::ptr;
use std::sync::{Barrier, Mutex};

use alloc_budget::{Budget, CountingAllocator, Limit, Measurement, measure};
use support::row;

use super::numbers;

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

#[cfg(not(target_family = "wasm"))] // no threads
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
