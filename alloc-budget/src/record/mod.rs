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
mod nested;
mod own;
mod phantom;
mod recording;
mod sites;
mod table;
mod traced;
mod values;
mod writer;

use crate::record::table::{Beside, Row};
use crate::scope::exempt::is_bookkeeping;
use crate::scope::leave::Closed;
use crate::scope::mode::{self, State};
use crate::trace::call_site::CallSite;

pub(crate) use asked::{Asked, ask};
pub(crate) use described::{Described, Kind};
pub(crate) use recording::finish;
pub(crate) use values::Ending;

/// A call begins.
pub(crate) fn began(budget: &Described) {
    change(budget, |_, row| row.values.calls += 1);
}

/// A call begins that nothing counts.
pub(crate) fn unchecked(budget: &Described) {
    began(budget);
    lost(budget);
}

/// A call has ended that could not be counted.
pub(crate) fn lost(budget: &Described) {
    change(budget, |_, Row { values, .. }| {
        values.ended += 1;
        values.unchecked += 1;
    });
}

/// A call has ended by a panic, or was dropped.
pub(crate) fn unwound(budget: &Described) {
    if mode::is_recorded() {
        change(budget, |_, Row { values, .. }| {
            values.ended += 1;
            values.unwound += 1;
        });
    }
}

/// A call has ended, and is to be judged next if it is to be judged at all.
pub(crate) fn ended(budget: &Described, closed: &mut Closed, ending: Ending) {
    let change = change(budget, |beside, Row { values, site, .. }| {
        if site.is_phantom {
            closed.measurement.allocations += 1;
        }
        values.add(ending, &closed.measurement, &closed.limits, closed.max_exempt);
        let own = beside.nested.own([closed.measurement.allocations, closed.measurement.bytes_allocated]);
        values.add_own(own, closed.is_of_pieces);
        (beside.clock.is_due(), *site)
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
    let overages = change(budget, |_, row| {
        row.values.exceeded += 1;
        row.overages += 1;
        row.overages
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
fn change<T>(budget: &Described, change: impl FnOnce(&mut Beside, &mut Row) -> T) -> Option<T> {
    if is_bookkeeping() {
        return None;
    }
    let table = own::table()?;
    let mut rows = table.lock()?;
    if let Some((beside, row)) = rows.row(budget) {
        return Some(change(beside, row));
    }
    drop(rows);
    // Outside of the lock: to find out what it is called may take memory of the program's
    // allocator, which may have budgets.
    let site = sites::site(budget)?;
    let mut rows = table.lock()?;
    rows.add(budget, site).map(|(beside, row)| change(beside, row))
}
