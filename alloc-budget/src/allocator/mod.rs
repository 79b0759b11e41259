//! `CountingAllocator`: forwards to the allocator that it wraps, and reports each event to the
//! tally.

use std::alloc::{GlobalAlloc, Layout, System};

use crate::count::counters::signed;
use crate::scope::thread;

mod reentrant;
mod refused;
mod trip;

/// A global allocator that counts what each thread allocates, and leaves the work to the allocator
/// `A`.
///
/// Every method goes to the same method of `A`: a `realloc` stays a `realloc`, and zeroed memory
/// stays as lazy as `A` makes it. Counting allocates nothing, never panics, and takes no lock but
/// to note a call site for a budget of all threads that has been passed; it works before `main`, in
/// the destructors of thread-locals and while a panic unwinds.
///
/// The crate's feature `install` installs a `CountingAllocator<System>`. A program with an
/// allocator of its own wraps it instead, and leaves that feature off:
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
/// An allocator may itself allocate while it serves a call, for a journal or a profile. That is no
/// event of the program's, and counts for no scope around the call. A scope that the allocator
/// opens in there counts it.
#[derive(Debug, Clone, Copy)]
// The wrapped allocator first: an unoptimised build would pay for where it is.
#[repr(C)]
pub struct CountingAllocator<A = System> {
    inner: A,
    /// Serving a call, `A` may come back to the global allocator, which is this one.
    is_reentrant: bool,
}

impl<A> CountingAllocator<A> {
    /// Wraps an allocator.
    pub const fn new(inner: A) -> Self {
        Self { inner, is_reentrant: true }
    }
}

impl CountingAllocator<System> {
    /// Wraps the operating system's allocator, which is the one that Rust uses by default. Counts
    /// with fewer instructions than `new(System)`, because this one never comes back for memory of
    /// its own.
    pub const fn system() -> Self {
        Self { inner: System, is_reentrant: false }
    }
}

impl<A: Default> Default for CountingAllocator<A> {
    fn default() -> Self {
        Self::new(A::default())
    }
}

/// Counts an event of the calling thread's. A macro, because an unoptimised build copies the
/// arguments even of what it inlines.
macro_rules! count {
    (alloc $block:ident, $layout:ident) => {
        if is_null!($block) || tally!().allocated(signed($layout.size())) {
            trip::allocation($block, $layout.size());
        }
    };
    (alloc_zeroed $block:ident, $layout:ident) => {
        // Apart, because `System` knows early that it has no block, and two ways to one place would
        // cost the other way a register.
        if is_null!($block) {
            trip::no_zeroed($layout.size());
        } else if tally!().allocated(signed($layout.size())) {
            trip::allocation($block, $layout.size());
        }
    };
    (realloc $old:ident, $layout:ident, $block:ident, $new_size:ident) => {
        if is_null!($block) || tally!().reallocated(signed($layout.size()), signed($new_size)) {
            trip::reallocation($old, $layout.size(), $block, $new_size);
        }
    };
    (dealloc $block:ident, $layout:ident) => {
        if tally!().deallocated(signed($layout.size())) {
            trip::deallocation($block, $layout);
        }
    };
}
use count;

/// The calling thread's tally, for one event.
macro_rules! tally {
    () => {{
        // SAFETY: counting is arithmetic, which allocates nothing. The reference is gone before the
        // event is looked at closer, and it is not there while `A` is called, which may come back.
        unsafe { &mut thread::current_mut().tally }
    }};
}
use tally;

/// As the method, without the calls that an unoptimised build makes of it.
macro_rules! is_null {
    ($block:ident) => {
        $block as usize == 0
    };
}
use is_null;

// SAFETY: every call is forwarded unchanged to `A`, which upholds the contract. What is added
// touches neither the block nor its contents, does not unwind, and does not enter the global
// allocator.
unsafe impl<A: GlobalAlloc> GlobalAlloc for CountingAllocator<A> {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let block;
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
        let block;
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
        let block;
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
        // It can't fail, so it is counted first: then the call of `A` can be the last thing done.
        count!(dealloc block, layout);
        // SAFETY: as above.
        unsafe { self.inner.dealloc(block, layout) };
    }
}
