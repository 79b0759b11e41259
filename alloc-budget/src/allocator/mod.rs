//! `CountingAllocator`: forwards to the allocator that it wraps, and reports each event to the
//! tally.

use std::alloc::{GlobalAlloc, Layout, System};

use crate::count::counters::signed;
use crate::scope::thread;

mod refused;
mod trip;

/// A global allocator that counts what each thread allocates, and leaves the work to the allocator
/// `A`.
///
/// The feature `install` installs a `CountingAllocator<System>` for you. If your program has an
/// allocator of its own, wrap it, and enable `backtrace` instead of `install`:
///
/// ```no_run
/// # mod mimalloc {
/// #     pub struct MiMalloc;
/// #     unsafe impl std::alloc::GlobalAlloc for MiMalloc {
/// #         unsafe fn alloc(&self, _: std::alloc::Layout) -> *mut u8 { std::ptr::null_mut() }
/// #         unsafe fn dealloc(&self, _: *mut u8, _: std::alloc::Layout) {}
/// #     }
/// # }
/// use alloc_budget::CountingAllocator;
/// use mimalloc::MiMalloc;
///
/// // With `#[global_allocator]` in front.
/// static ALLOCATOR: CountingAllocator<MiMalloc> = CountingAllocator::new(MiMalloc);
/// ```
///
/// - Each call goes to the same method of `A`: a `realloc` stays a `realloc`, and zeroed memory
///   stays as lazy as `A` makes it.
/// - Counting allocates nothing, never panics, and takes no lock. One exception: it locks to note a
///   call site for an exceeded budget of [all threads](crate::Budget::all_threads).
/// - It works before `main`, in destructors of thread-locals, and while a panic unwinds.
///
/// Several packages in one workspace: see [the chapter](crate::manual::workspaces).
#[derive(Debug, Default, Clone, Copy)]
pub struct CountingAllocator<A = System> {
    inner: A,
}

impl<A> CountingAllocator<A> {
    /// Wraps the allocator `inner`.
    pub const fn new(inner: A) -> Self {
        Self { inner }
    }
}

impl CountingAllocator<System> {
    /// Wraps [`System`], the allocator that Rust uses by default.
    pub const fn system() -> Self {
        Self::new(System)
    }
}

// SAFETY: every call is forwarded unchanged to `A`, which upholds the contract. What is added
// touches neither the block nor its contents, does not unwind, and does not enter the global
// allocator.
unsafe impl<A: GlobalAlloc> GlobalAlloc for CountingAllocator<A> {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promises are passed on.
        let block = unsafe { self.inner.alloc(layout) };
        // SAFETY: counting is arithmetic, which allocates nothing. The reference is gone before the
        // event is looked at closer, and it is not there while `A` is called, which may come back.
        if is_null(block) || unsafe { &mut thread::current_mut().tally }.allocated(signed(layout.size())) {
            trip::allocation(block, layout.size());
        }
        block
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promises are passed on.
        let block = unsafe { self.inner.alloc_zeroed(layout) };
        // Apart, because `System` knows early that it has no block, and two ways to one place would
        // cost the other way a register.
        if is_null(block) {
            trip::no_zeroed(layout.size());
        } else {
            // SAFETY: as in `alloc`.
            let tally = unsafe { &mut thread::current_mut().tally };
            if tally.allocated(signed(layout.size())) {
                trip::allocation(block, layout.size());
            }
        }
        block
    }

    #[inline]
    unsafe fn realloc(&self, old: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        let old_address = old.addr();
        // SAFETY: the caller's promises are passed on.
        let block = unsafe { self.inner.realloc(old, layout, new_size) };
        if is_null(block)
            // SAFETY: as in `alloc`.
            || unsafe { &mut thread::current_mut().tally }
                .reallocated(signed(layout.size()), signed(new_size))
        {
            trip::reallocation(old_address, layout.size(), block, new_size);
        }
        block
    }

    #[inline]
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // It can't fail, so it is counted first: then the call of `A` can be the last thing done.
        // SAFETY: as in `alloc`.
        let tally = unsafe { &mut thread::current_mut().tally };
        if tally.deallocated(signed(layout.size())) {
            trip::deallocation(block, layout.size());
        }
        // SAFETY: the caller's promises are passed on.
        unsafe { self.inner.dealloc(block, layout) };
    }
}

/// As the method, without the calls that an unoptimised build makes of it.
#[inline(always)]
fn is_null(block: *mut u8) -> bool {
    block as usize == 0
}
