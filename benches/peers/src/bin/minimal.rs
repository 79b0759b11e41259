//! The least that can be called a budget: a thread's allocations, bytes and live bytes, and one
//! limit that each allocation is compared with. What this costs, nobody gets below.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::hint::black_box;

use peers::Peer;

#[derive(Clone, Copy)]
struct Counts {
    allocations: u64,
    limit: u64,
    bytes: u64,
    live: u64,
}

thread_local! {
    static COUNTS: Cell<Counts> =
        const { Cell::new(Counts { allocations: 0, limit: u64::MAX, bytes: 0, live: 0 }) };
}

struct Minimal;

// SAFETY: every call is forwarded unchanged.
unsafe impl GlobalAlloc for Minimal {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        allocated(layout.size());
        // SAFETY: the caller's promises are passed on.
        unsafe { System.alloc(layout) }
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        allocated(layout.size());
        // SAFETY: as above.
        unsafe { System.alloc_zeroed(layout) }
    }

    #[inline]
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        freed(layout.size());
        allocated(size);
        // SAFETY: as above.
        unsafe { System.realloc(block, layout, size) }
    }

    #[inline]
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        freed(layout.size());
        // SAFETY: as above.
        unsafe { System.dealloc(block, layout) };
    }
}

#[inline(always)]
fn allocated(size: usize) {
    COUNTS.with(|cell| {
        let counts = cell.get();
        let allocations = counts.allocations + 1;
        let (bytes, live) = (counts.bytes + size as u64, counts.live.wrapping_add(size as u64));
        cell.set(Counts { allocations, bytes, live, ..counts });
        if allocations > counts.limit {
            past_the_limit();
        }
    });
}

#[inline(always)]
fn freed(size: usize) {
    COUNTS.with(|cell| {
        let counts = cell.get();
        cell.set(Counts { live: counts.live.wrapping_sub(size as u64), ..counts });
    });
}

#[cold]
#[inline(never)]
fn past_the_limit() {
    black_box(());
}

#[global_allocator]
static ALLOCATOR: Minimal = Minimal;

struct Limited(u64);

impl Limited {
    #[inline(always)]
    fn enter(max: u64) -> Self {
        COUNTS.with(|cell| {
            let counts = cell.get();
            cell.set(Counts { limit: counts.limit.min(counts.allocations + max), ..counts });
            Self(counts.limit)
        })
    }
}

impl Drop for Limited {
    #[inline(always)]
    fn drop(&mut self) {
        COUNTS.with(|cell| {
            let counts = cell.get();
            cell.set(Counts { limit: self.0, ..counts });
            if counts.allocations > counts.limit {
                past_the_limit();
            }
        });
    }
}

impl Peer for Minimal {
    fn scope<T>(f: impl FnOnce() -> T) -> T {
        let _limited = Limited::enter(1);
        f()
    }
}

fn main() {
    peers::run::<Minimal>();
}
