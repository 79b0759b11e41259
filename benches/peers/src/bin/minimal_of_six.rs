//! The least that tells the six measures and compares each with a limit, written the
//! straightforward way: what is counted of an allocation is what the allocator gave, and of a
//! failed one nothing.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::UnsafeCell;
use std::hint::black_box;

use peers::Peer;

struct Counts {
    allocations: isize,
    reallocations: isize,
    deallocations: isize,
    bytes: isize,
    live: isize,
    peak: isize,
}

struct Thread {
    counts: Counts,
    limits: Counts,
}

thread_local! {
    static THREAD: UnsafeCell<Thread> = const {
        UnsafeCell::new(Thread {
            counts: Counts { allocations: 0, reallocations: 0, deallocations: 0, bytes: 0, live: 0, peak: 0 },
            limits: Counts {
                allocations: isize::MAX,
                reallocations: isize::MAX,
                deallocations: isize::MAX,
                bytes: isize::MAX,
                live: isize::MAX,
                peak: isize::MAX,
            },
        })
    };
}

#[inline(always)]
fn with<T>(f: impl FnOnce(&mut Thread) -> T) -> T {
    // SAFETY: the thread's own, and nothing in `f` comes back here.
    THREAD.with(|thread| f(unsafe { &mut *thread.get() }))
}

struct Minimal;

// SAFETY: every call is forwarded unchanged.
unsafe impl GlobalAlloc for Minimal {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promises are passed on.
        let block = unsafe { System.alloc(layout) };
        allocated(block, layout.size());
        block
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as above.
        let block = unsafe { System.alloc_zeroed(layout) };
        allocated(block, layout.size());
        block
    }

    #[inline]
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: as above.
        let block = unsafe { System.realloc(block, layout, size) };
        if !block.is_null() {
            freed(layout.size());
            allocated(block, size);
            with(|Thread { counts, limits }| {
                counts.reallocations += 1;
                if counts.reallocations > limits.reallocations {
                    past_a_limit();
                }
            });
        }
        block
    }

    #[inline]
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        freed(layout.size());
        // SAFETY: as above.
        unsafe { System.dealloc(block, layout) };
    }
}

#[inline(always)]
fn allocated(block: *mut u8, size: usize) {
    if block.is_null() {
        return;
    }
    with(|Thread { counts, limits }| {
        counts.allocations += 1;
        counts.bytes += size.cast_signed();
        counts.live += size.cast_signed();
        counts.peak = counts.peak.max(counts.live);
        if counts.allocations > limits.allocations || counts.bytes > limits.bytes || counts.live > limits.peak
        {
            past_a_limit();
        }
    });
}

#[inline(always)]
fn freed(size: usize) {
    with(|Thread { counts, limits }| {
        counts.deallocations += 1;
        counts.live -= size.cast_signed();
        if counts.deallocations > limits.deallocations {
            past_a_limit();
        }
    });
}

#[cold]
#[inline(never)]
fn past_a_limit() {
    black_box(());
}

#[global_allocator]
static ALLOCATOR: Minimal = Minimal;

impl Peer for Minimal {
    const HAS_SCOPE: bool = false;

    fn scope<T>(f: impl FnOnce() -> T) -> T {
        f()
    }
}

fn main() {
    peers::run::<Minimal>();
}
