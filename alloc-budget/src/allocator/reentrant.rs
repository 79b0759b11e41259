//! The same over an allocator that may come back to the global one while it serves a call: what it
//! asks for then is not counted.

use std::alloc::{GlobalAlloc, Layout};

use crate::allocator::counted::{count, is_null, tally};
use crate::allocator::trip;
use crate::count::counters::signed;
use crate::scope::serving::Serving;
use crate::scope::thread;

#[inline]
pub(super) unsafe fn alloc(inner: &impl GlobalAlloc, layout: Layout) -> *mut u8 {
    let serving = Serving::begin();
    // SAFETY: the caller's promises are passed on.
    let mut block = unsafe { inner.alloc(layout) };
    if serving.end() {
        count!(alloc block, layout);
    }
    block
}

#[inline]
pub(super) unsafe fn alloc_zeroed(inner: &impl GlobalAlloc, layout: Layout) -> *mut u8 {
    let serving = Serving::begin();
    // SAFETY: the caller's promises are passed on.
    let mut block = unsafe { inner.alloc_zeroed(layout) };
    if serving.end() {
        count!(alloc_zeroed block, layout);
    }
    block
}

#[inline]
pub(super) unsafe fn realloc(
    inner: &impl GlobalAlloc,
    old: *mut u8,
    layout: Layout,
    new_size: usize,
) -> *mut u8 {
    let serving = Serving::begin();
    // SAFETY: the caller's promises are passed on.
    let mut block = unsafe { inner.realloc(old, layout, new_size) };
    if serving.end() {
        count!(realloc old, layout, block, new_size);
    }
    block
}

#[inline]
pub(super) unsafe fn dealloc(inner: &impl GlobalAlloc, block: *mut u8, layout: Layout) {
    let serving = Serving::begin();
    if serving.is_counted() && tally!().deallocated(signed(layout.size())) < 0 {
        trip::deallocation(block, layout);
    }
    // SAFETY: the caller's promises are passed on.
    unsafe { inner.dealloc(block, layout) };
}
