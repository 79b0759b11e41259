//! What an event means that is worth a closer look.

use std::alloc::{GlobalAlloc, Layout};

use crate::allocator::refused::refused;
use crate::count::event::Event;
use crate::count::everywhere;
use crate::count::limit::passed;
use crate::scope::exempt::Exempt;
use crate::scope::mode::{self, State};
use crate::scope::open::OpenScope;
use crate::scope::thread::{self, Thread};
use crate::threads::all_threads;
use crate::trace::stack::Stack;

// The allocator calls one of these with what it has at hand: to build an event there would cost
// every call a frame.

#[cold]
#[inline(never)]
pub(crate) fn allocation(block: *mut u8, layout: Layout) -> *mut u8 {
    look(block, &Event::Allocation { block: block.addr(), layout });
    block
}

#[cold]
#[inline(never)]
pub(crate) fn no_zeroed(layout: Layout) {
    refused(&Event::Allocation { block: 0, layout });
}

#[cold]
#[inline(never)]
pub(crate) fn reallocation(old: *mut u8, old_layout: Layout, block: *mut u8, size: usize) -> *mut u8 {
    // SAFETY: who reallocates promises that this is a layout.
    let layout = unsafe { Layout::from_size_align_unchecked(size, old_layout.align()) };
    look(block, &Event::Reallocation { block: block.addr(), layout, old_block: old.addr(), old_layout });
    block
}

#[cold]
#[inline(never)]
pub(crate) fn deallocation(block: *mut u8, layout: Layout) {
    note(&Event::Deallocation { block: block.addr(), layout });
}

/// Looks closer, and does what is left to do, so that the caller has nothing to keep.
///
/// # Safety
///
/// As for [`GlobalAlloc::dealloc`] of `allocator`.
#[cold]
#[inline(never)]
pub(crate) unsafe fn deallocate(allocator: &impl GlobalAlloc, block: *mut u8, layout: Layout) {
    deallocation(block, layout);
    // SAFETY: the caller's promises are passed on.
    unsafe { allocator.dealloc(block, layout) };
}

/// At an event that gives a block, or should have.
fn look(block: *mut u8, event: &Event) {
    if block.is_null() { refused(event) } else { note(event) }
}

/// Notes where an event came from in each scope that it takes past a limit.
fn note(event: &Event) {
    if everywhere::tripwire() < 0 {
        all_threads::note(event);
    }
    if !thread::with(|thread| note_in_scopes(thread, event)) {
        return;
    }
    let mut stack = Stack::EMPTY;
    let exempt = Exempt::enter();
    let frames = if mode::state() == State::CountOnly { &[] } else { stack.get() };
    drop(exempt);
    thread::with(|thread| capture(thread, event, frames));
}

/// Notes in each scope that an event takes it past a limit. Says whether one captures it.
fn note_in_scopes(thread: &mut Thread, event: &Event) -> bool {
    if !thread.tally.is_past() {
        return false;
    }
    let (live, is_live_past) = (thread.tally.live(), thread.tally.is_live_past());
    let mut is_captured = false;
    look_closer(thread, event, |scope, passed, traced| {
        if is_live_past && !event.is_deallocation() {
            scope.note_peak(live);
        }
        scope.captures.forget_block(event);
        if scope.captures.has_misfreed() {
            scope.set_slow_exit();
            is_captured = true;
        }
        if passed != 0 {
            scope.set_slow_exit();
        }
        is_captured |= passed & mode::captured() != 0 || traced;
    });
    is_captured
}

/// Keeps an event and its stack for each scope that captures it.
fn capture(thread: &mut Thread, event: &Event, frames: &[usize]) {
    look_closer(thread, event, |scope, passed, traced| {
        scope.captures.keep_misfreed(frames);
        let passed = passed & mode::captured();
        if passed != 0 || traced {
            scope.captures.note(event, passed, traced, frames);
        }
    });
    thread.scopes.follow_blocks(&mut thread.tally);
}

/// Calls `look` with each scope that counts, the limits that the event takes it past, and whether
/// it has the event traced in any case.
fn look_closer(thread: &mut Thread, event: &Event, mut look: impl FnMut(&mut OpenScope, u8, bool)) {
    let Thread { tally, scopes, .. } = thread;
    let mut left = tally.left;
    for scope in scopes.counting().iter_mut().rev() {
        let counters = scope.counters(&left, tally.live());
        // What it withholds is nothing that those around it have used.
        left = left.plus(&scope.withheld());
        let passed = passed(&counters, &scope.limits, scope.limited(), event);
        let traced = scope.trace_all && !event.is_deallocation();
        look(scope, passed, traced);
    }
}
