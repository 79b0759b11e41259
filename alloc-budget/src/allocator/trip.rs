//! What an event means that is worth a closer look.

use crate::count::event::Event;
use crate::count::everywhere;
use crate::count::limit::passed;
use crate::scope::exempt::Exempt;
use crate::scope::mode::{self, State};
use crate::scope::thread::{self, Thread};
use crate::threads::all_threads;
use crate::trace::stack::Stack;

// The allocator calls one of these with what it has at hand: to build an event there would cost every call a frame.

#[cold]
#[inline(never)]
pub(crate) fn allocation(block: *mut u8, size: usize) {
    note(&Event::Allocation { block: block.addr(), size });
}

#[cold]
#[inline(never)]
pub(crate) fn reallocation(old_block: usize, old_size: usize, block: *mut u8, size: usize) {
    note(&Event::Reallocation { block: block.addr(), size, old_block, old_size });
}

#[cold]
#[inline(never)]
pub(crate) fn deallocation(block: *mut u8, size: usize) {
    note(&Event::Deallocation { block: block.addr(), size });
}

/// Notes where an event came from in each scope that it takes past a limit.
fn note(event: &Event) {
    if everywhere::tripwire() < 0 {
        all_threads::note(event);
    }
    // SAFETY: a plain access to what belongs to this thread.
    let now = unsafe { (*thread::current()).tally };
    if !now.is_past() {
        return;
    }
    // Nothing that happens below counts, nor can it come back here.
    let exempt = Exempt::enter();
    let is_tracing = mode::state() != State::CountOnly;
    let mut stack = Stack::EMPTY;
    // SAFETY: the event came from outside of this crate's bookkeeping, so nobody holds a reference; and no scope is
    // entered or left below: what is called there allocates with `System` only.
    let scopes = unsafe { &mut (*thread::current()).scopes };
    let mut left = now.left;
    for scope in scopes.all()[exempt.floor()..].iter_mut().rev() {
        let counters = scope.counters(&left, now.live());
        // What it withholds is nothing that those around it have used.
        left = left.plus(&scope.withheld());
        if now.is_live_past() && !event.is_deallocation() {
            scope.note_peak(now.live());
        }
        scope.captures.forget_block(event);
        let passed = passed(&counters, &scope.limits, scope.limited(), event);
        let traced = scope.trace_all && !event.is_deallocation();
        if passed != 0 {
            scope.set_slow_exit();
        }
        if is_tracing && (passed != 0 || traced) {
            scope.captures.note(event, passed, traced, stack.get());
        }
    }
    drop(exempt);
    // SAFETY: as above.
    let Thread { tally, scopes, .. } = unsafe { &mut *thread::current() };
    scopes.follow_blocks(tally);
}
