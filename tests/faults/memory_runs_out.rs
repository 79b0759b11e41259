//! An allocator that has no memory to give.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::hint::black_box;
use std::ptr;

use alloc_budget::{Budget, CountingAllocator, Measurement, exempt, measure};
use support::work;

/// Has no memory to give when it is asked for the n-th time.
struct Failing<'a> {
    calls: &'a Cell<u32>,
    nth: u32,
}

impl Failing<'_> {
    fn unless_failing(&self, block: impl FnOnce() -> *mut u8) -> *mut u8 {
        self.calls.set(self.calls.get() + 1);
        if self.calls.get() == self.nth { ptr::null_mut() } else { block() }
    }
}

// SAFETY: it is `System`, or an allocator out of memory, which is allowed to return null.
unsafe impl GlobalAlloc for Failing<'_> {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promises are passed on.
        self.unless_failing(|| unsafe { System.alloc(layout) })
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promises are passed on.
        self.unless_failing(|| unsafe { System.alloc_zeroed(layout) })
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        // SAFETY: the caller's promises are passed on.
        self.unless_failing(|| unsafe { System.realloc(block, layout, new_size) })
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the caller's promises are passed on.
        unsafe { System.dealloc(block, layout) };
    }
}

fn layout(size: usize) -> Layout {
    Layout::from_size_align(size, 8).unwrap()
}

/// Two blocks of an allocator, and what must have been counted of them.
struct Pair<'a> {
    allocator: CountingAllocator<Failing<'a>>,
    blocks: [(*mut u8, usize); 2],
    expected: Measurement,
}

impl<'a> Pair<'a> {
    fn of(allocator: Failing<'a>) -> Self {
        let (blocks, expected) = ([(ptr::null_mut(), 0); 2], Measurement::default());
        Self { allocator: CountingAllocator::new(allocator), blocks, expected }
    }

    fn allocated(&mut self, at: usize, block: *mut u8, size: usize) {
        let (_, old) = self.blocks[at];
        self.blocks[at] = (block, size);
        self.expected.allocations += 1;
        self.expected.bytes_allocated += size as u64;
        self.expected.retained_bytes += (size as u64).cast_signed() - (old as u64).cast_signed();
        let live = u64::try_from(self.expected.retained_bytes).unwrap();
        self.expected.peak_bytes = self.expected.peak_bytes.max(live);
    }

    fn allocate(&mut self, at: usize, size: usize, zeroed: bool) {
        // SAFETY: the size is not zero.
        let block = unsafe {
            if zeroed {
                self.allocator.alloc_zeroed(layout(size))
            } else {
                self.allocator.alloc(layout(size))
            }
        };
        if !black_box(block).is_null() {
            self.allocated(at, block, size);
        }
    }

    fn reallocate(&mut self, at: usize, size: usize) {
        let (block, old) = self.blocks[at];
        if block.is_null() {
            return;
        }
        // SAFETY: the block was allocated with this layout, and the new size is not zero.
        let block = unsafe { self.allocator.realloc(block, layout(old), size) };
        if !black_box(block).is_null() {
            self.allocated(at, block, size);
            self.expected.reallocations += 1;
            self.expected.deallocations += 1;
        }
    }

    fn free(&mut self, at: usize) {
        let (block, size) = std::mem::replace(&mut self.blocks[at], (ptr::null_mut(), 0));
        if !block.is_null() {
            // SAFETY: the block was allocated with this layout, and is not used again.
            unsafe { self.allocator.dealloc(block, layout(size)) };
            self.expected.deallocations += 1;
            self.expected.retained_bytes -= (size as u64).cast_signed();
        }
    }

    /// Every way to allocate, in scopes of every kind.
    fn run(&mut self) {
        let nothing = Budget::new().max(0).max_bytes(0).max_peak_bytes(0).max_retained_bytes(0);
        let _ = nothing.max_reallocs(0).max_deallocs(0).check(|| {
            self.allocate(0, 10, false);
            self.allocate(1, 20, true);
            let _ = Budget::new().max(1).max_retained_bytes(5).check(|| {
                self.reallocate(0, 1_000);
                self.reallocate(1, 5);
                self.free(0);
            });
            exempt(|| work(7));
            self.allocate(0, 40, true);
            measure(|| self.reallocate(0, 70));
            self.free(1);
            self.free(0);
        });
    }
}

#[test]
fn at_any_call_leaves_every_counter_exact() {
    let calls = &Cell::new(0);
    let measured = |nth: u32| {
        calls.set(0);
        let mut pair = Pair::of(Failing { calls, nth });
        let ((), m) = measure(|| pair.run());
        assert_eq!(m, pair.expected, "where the call {nth} fails");
        m
    };
    let all = measured(0);
    let total = calls.get();
    assert_eq!((total, all.allocations, all.reallocations), (6, 6, 3));
    for nth in 1..=total {
        assert!(measured(nth).allocations < 6);
    }
    assert_eq!(measured(total + 1), all);
}
