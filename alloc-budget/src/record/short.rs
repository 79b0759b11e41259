//! The short way of a call: its budget is known to the thread, and it is judged or measured by what
//! the counters tell. All others go the long way.

use crate::limits::Limits;
use crate::record::table::Row;
use crate::record::{fork, recording};
use crate::scope::enter::Scope;
use crate::scope::known::Known;
use crate::scope::recorded::Counted;
use crate::scope::thread;

impl Row {
    /// That of a budget that the thread knows, unless it is of the process before a fork.
    #[inline(always)]
    fn of(known: Known) -> Option<&'static Self> {
        // SAFETY: nothing, or from `own::remember`: a row, which is never freed.
        let row = unsafe { known.0.cast::<Self>().as_ref() }?;
        if row.table.generation == fork::generation() { Some(row) } else { None }
    }
}

/// Enters the scope of a call that begins, of the budget that `key` stands for. [`Scope::CLOSED`]
/// where it goes the long way.
pub(crate) fn begin(key: usize, limits: &Limits) -> Scope {
    // SAFETY: nothing that is called here finds the thread's data by itself.
    let thread = unsafe { thread::current_mut() };
    if !thread.is_ready_to_record() {
        return Scope::CLOSED;
    }
    let known = thread.known.get(key);
    let Some(row) = Row::of(known) else { return Scope::CLOSED };
    row.begin();
    // SAFETY: it is ready.
    unsafe { thread.enter_recorded(limits, known) }
}

/// Ends the scope of a call that has come to its end, and keeps to its limits. `None` where it goes
/// the long way.
pub(crate) fn end(scope: Scope) -> Option<Counted> {
    if std::thread::panicking() {
        return None;
    }
    // SAFETY: nothing that is called here finds the thread's data by itself.
    let thread = unsafe { thread::current_mut() };
    let (open, counted) = thread.recorded(scope)?;
    let row = Row::of(open.known)?;
    let (limits, measures) = (&open.limits, row.site.budget.measures);
    // Without limits, it is a warm-up.
    let tightest_bits = limits.max
        & limits.max_bytes
        & limits.max_peak_bytes
        & limits.max_retained_bytes
        & limits.max_reallocs
        & limits.max_deallocs;
    if tightest_bits == u64::MAX && !measures || !row.table.begin_change() {
        return None;
    }
    // SAFETY: the lock is taken, and these are the only references to what is behind it.
    let rows = unsafe { row.table.rows() };
    rows.rest(row).values.add_short(&counted, limits, open.inside, !measures);
    let is_due = rows.clock.is_due();
    row.table.end_change();
    // SAFETY: there is a scope, see above.
    unsafe { thread.leave_recorded(counted) };
    if is_due {
        recording::checkpoint();
    }
    Some(counted)
}
