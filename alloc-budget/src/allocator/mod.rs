//! `CountingAllocator`: forwards to the allocator that it wraps, and reports each event to the
//! tally.

use std::alloc::{GlobalAlloc, Layout, System};

use crate::allocator::counted::{count, is_null, tally};
use crate::count::counters::signed;
use crate::scope::thread;

mod counted;
mod reentrant;
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
/// - `A` may itself allocate while it serves a call, for a journal or a profile. That counts for no
///   scope around the call. A scope that `A` opens in there counts it.
///
/// A program can't have the feature `install` and an allocator of its own. The compiler says:
///
/// ```text
/// error: the `#[global_allocator]` in this crate conflicts with global allocator in: alloc_budget
/// ```
///
/// There are three ways out:
///
/// - Remove the other allocator, if it only [counts](crate::manual::migrating).
/// - Replace the feature `install` by `backtrace`, and wrap the other allocator as above.
/// - Replace the feature `install` by `backtrace`, and give each test binary an allocator. This
///   works in [every workspace](crate::manual::workspaces):
///
/// ```
/// #[cfg(test)]
/// #[global_allocator]
/// static ALLOCATOR: alloc_budget::CountingAllocator = alloc_budget::CountingAllocator::system();
/// ```
#[doc(alias = "conflicts with global allocator in: alloc_budget")]
#[doc(alias = "global_allocator")]
#[derive(Debug, Clone, Copy)]
// The wrapped allocator first: an unoptimised build would pay for where it is.
#[repr(C)]
pub struct CountingAllocator<A = System> {
    inner: A,
    /// Serving a call, `A` may come back to the global allocator, which is this one.
    is_reentrant: bool,
}

impl<A> CountingAllocator<A> {
    /// Wraps the allocator `inner`.
    pub const fn new(inner: A) -> Self {
        Self { inner, is_reentrant: true }
    }
}

impl CountingAllocator<System> {
    /// Wraps [`System`], the allocator that Rust uses by default. It counts with fewer instructions
    /// than `new(System)`, because `System` never comes back for memory of its own.
    pub const fn system() -> Self {
        Self { inner: System, is_reentrant: false }
    }
}

impl<A: Default> Default for CountingAllocator<A> {
    fn default() -> Self {
        Self::new(A::default())
    }
}

// SAFETY: every call is forwarded unchanged to `A`, which upholds the contract. What is added
// touches neither the block nor its contents, does not unwind, and does not enter the global
// allocator.
unsafe impl<A: GlobalAlloc> GlobalAlloc for CountingAllocator<A> {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let mut block;
        if self.is_reentrant {
            // SAFETY: the caller's promises are passed on.
            block = unsafe { reentrant::alloc(&self.inner, layout) };
        } else {
            // SAFETY: as above.
            block = unsafe { self.inner.alloc(layout) };
            count!(alloc block, layout);
        }
        block
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        let mut block;
        if self.is_reentrant {
            // SAFETY: the caller's promises are passed on.
            block = unsafe { reentrant::alloc_zeroed(&self.inner, layout) };
        } else {
            // SAFETY: as above.
            block = unsafe { self.inner.alloc_zeroed(layout) };
            count!(alloc_zeroed block, layout);
        }
        block
    }

    #[inline]
    unsafe fn realloc(&self, old: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        let mut block;
        if self.is_reentrant {
            // SAFETY: the caller's promises are passed on.
            block = unsafe { reentrant::realloc(&self.inner, old, layout, new_size) };
        } else {
            // SAFETY: as above.
            block = unsafe { self.inner.realloc(old, layout, new_size) };
            count!(realloc old, layout, block, new_size);
        }
        block
    }

    #[inline]
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        if self.is_reentrant {
            // SAFETY: the caller's promises are passed on.
            return unsafe { reentrant::dealloc(&self.inner, block, layout) };
        }
        // It can't fail, so it is counted first. Both ways end in a call, so neither needs a frame.
        if tally!().deallocated(signed(layout.size())) < 0 {
            // SAFETY: as above.
            return unsafe { trip::deallocate(&self.inner, block, layout) };
        }
        // SAFETY: as above.
        unsafe { self.inner.dealloc(block, layout) };
    }
}
