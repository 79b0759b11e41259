//! What the process's budgets have done, in a file: `ALLOC_BUDGET_RECORD`. The chapter `records` of
//! the manual has the format.
//!
//! Each call goes to a table of its thread. Whoever writes the file takes over what the tables
//! have: a thread when it ends, one of them about once a second, and the process's exit handler.

mod asked;
mod clock;
mod described;
mod file;
mod fork;
mod header;
mod json;
mod lines;
pub(crate) mod names;
mod own;
mod phantom;
mod recording;
pub(crate) mod short;
mod sites;
mod table;
mod traced;
mod values;
mod writer;

use crate::count::counters::{cast_signed, cast_unsigned};
use crate::record::table::{Rest, Row, Rows};
use crate::scope::exempt::is_bookkeeping;
use crate::scope::leave::Closed;
use crate::scope::mode::{self, State};
use crate::scope::thread;
use crate::trace::call_site::CallSite;

pub(crate) use asked::{Asked, ask};
pub(crate) use described::{Described, Kind};
pub(crate) use recording::finish;
pub(crate) use values::Ending;

/// A call begins.
pub(crate) fn began(budget: &Described) {
    change(budget, |_, row| row.begin());
}

/// From now on, calls of the budget are recorded in a few steps where there is nothing special
/// about them: by `key`, which stands for it in the program.
pub(crate) fn remember(budget: &Described, key: usize) {
    let row = change(budget, |_, row| row);
    if let Some(row) = row.filter(|row| !row.site.is_phantom) {
        own::remember(key, row);
    }
}

/// A call begins that nothing counts.
pub(crate) fn unchecked(budget: &Described) {
    began(budget);
    lost(budget);
}

/// A call has ended that could not be counted.
pub(crate) fn lost(budget: &Described) {
    change(budget, |rows, row| {
        let Rest { values, .. } = rows.rest(row);
        values.ended += 1;
        values.unchecked += 1;
    });
}

/// A call has ended by a panic, or was dropped.
pub(crate) fn unwound(budget: &Described) {
    if mode::is_recorded() {
        change(budget, |rows, row| {
            let Rest { values, .. } = rows.rest(row);
            values.ended += 1;
            values.unwound += 1;
        });
    }
}

/// A call has ended, and is to be judged next if it is to be judged at all.
pub(crate) fn ended(budget: &Described, closed: &mut Closed, ending: Ending) {
    if is_bookkeeping() {
        return;
    }
    let (allocations, bytes) = (closed.measurement.allocations, closed.measurement.bytes_allocated);
    // First of all: it is known until another scope is entered.
    let own = thread::with(|thread| thread.scopes.own([allocations, bytes].map(cast_signed)));
    let mut own = own.map(cast_unsigned);
    let change = change(budget, |rows, row| {
        if row.site.is_phantom {
            closed.measurement.allocations += 1;
            own[0] += 1;
        }
        let Rest { values, .. } = rows.rest(row);
        values.add(ending, &closed.measurement, &closed.limits, closed.max_exempt);
        values.add_own(own, closed.is_of_pieces);
        (rows.clock.is_due(), row.site)
    });
    let Some((is_due, site)) = change else { return };
    if mode::state() == State::TraceAll && !closed.captures.is_none() {
        recording::trace(site, closed.captures);
    }
    if is_due {
        recording::checkpoint();
    }
}

/// The call that has ended was an overage, about which something is done. Says whether it is to
/// have a line of its own.
pub(crate) fn exceeded(budget: &Described) -> bool {
    let overages = change(budget, |rows, row| {
        let Rest { values, overages, .. } = rows.rest(row);
        values.exceeded += 1;
        *overages += 1;
        *overages
    });
    overages.is_some_and(|overages| overages <= writer::OVERAGES)
}

/// Writes what is known of the overage of the call that has ended last: each limit by its argument
/// with what was measured and what is allowed, and the call sites.
pub(crate) fn overage(budget: &Described, exceeded: &[(&str, u64, u64)], sites: &[CallSite]) {
    if let (Some(table), Some(site)) = (own::table(), sites::site(budget)) {
        recording::overage(table, site, exceeded, sites);
    }
}

/// Changes what this thread knows of a budget. `None` in the crate's own bookkeeping, whose
/// allocator may have budgets; and where the system has no memory left.
#[inline]
fn change<T>(budget: &Described, change: impl FnOnce(&mut Rows, &'static Row) -> T) -> Option<T> {
    if is_bookkeeping() {
        return None;
    }
    let table = own::table()?;
    let mut rows = table.lock()?;
    if let Some(row) = rows.row(budget) {
        return Some(change(&mut rows, row));
    }
    drop(rows);
    // Outside of the lock: to find out what it is called may take memory of the program's
    // allocator, which may have budgets.
    let site = sites::site(budget)?;
    let mut rows = table.lock()?;
    rows.add(budget, site, table).map(|row| change(&mut rows, row))
}
