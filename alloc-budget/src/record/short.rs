//! The short way of a call: its budget is known to the thread, and it is judged or measured by what
//! the counters tell. All others go the long way.

use std::mem;

use crate::limits::Limits;
use crate::record::table::Row;
use crate::record::{fork, recording};
use crate::scope::enter::Scope;
use crate::scope::known::Known;
use crate::scope::recorded::Counted;
use crate::scope::thread::{self, Thread};

/// Enters the scope of a call that begins, of the budget that `key` stands for. [`Scope::CLOSED`]
/// where it goes the long way.
///
/// # Safety
/// `thread` is the calling one.
pub(crate) unsafe fn begin(thread: *mut Thread, key: usize, limits: &Limits) -> Scope {
    // SAFETY: the caller promises it, and nothing that is called here finds the thread's data by
    // itself.
    let thread = unsafe { &mut *thread };
    if !thread.is_ready_to_record() {
        return Scope::CLOSED;
    }
    let known = thread.known.get(key);
    if known.0.is_null() {
        return Scope::CLOSED;
    }
    let row = row(known);
    // Of the process before a fork?
    if row.table.generation != fork::generation() {
        return Scope::CLOSED;
    }
    row.begin();
    // SAFETY: it is ready.
    unsafe { thread.enter_recorded(limits, known) }
}

#[inline(always)]
#[expect(clippy::transmute_ptr_to_ref, reason = "an unoptimised build would look at it closer otherwise")]
fn row(known: Known) -> &'static Row {
    // SAFETY: it is something, from `own::remember`: a row, which is never freed.
    unsafe { mem::transmute::<*const Row, &'static Row>(known.0.cast()) }
}

/// Ends the scope of a call that has come to its end, and has kept to its limits. False where it
/// goes the long way.
pub(crate) fn end(scope: Scope) -> bool {
    end_with(scope, |_| ())
}

/// The same, and gives what was counted to `then`.
#[inline(always)]
pub(crate) fn end_with(scope: Scope, then: impl FnOnce(Counted)) -> bool {
    // SAFETY: nothing that is called while the reference is used finds the thread's data by itself.
    let thread = unsafe { thread::current_mut() };
    let open = thread.innermost();
    if !open.has_fast_exit_of(scope) || std::thread::panicking() {
        return false;
    }
    let counted = thread.counted(open);
    // Deallocations may have been taken back that are still to come.
    let is_negative = (counted[0] | counted[1] | counted[4] | counted[5]) < 0;
    let row = row(open.known);
    if is_negative || !row.table.begin_change() {
        return false;
    }
    // SAFETY: the lock is taken, and these are the only references to what is behind it.
    let rows = unsafe { row.table.rows() };
    let is_added = rows.rest(row).add(&counted, &open.limits, open.inside, row.site.budget.measures);
    let is_due = is_added && rows.clock.is_due();
    row.table.end_change();
    if !is_added {
        return false;
    }
    // SAFETY: it has the fast exit.
    unsafe { thread.leave_recorded(counted) };
    if is_due {
        recording::checkpoint();
    }
    then(counted);
    true
}
