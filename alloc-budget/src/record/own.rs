//! The table of the calling thread.

use std::cell::Cell;
use std::mem;
use std::ptr;
use std::thread::current;

use crate::record::fork;
use crate::record::recording::Recording;
use crate::record::table::{Row, Table};
use crate::scope::at_exit;
use crate::scope::exempt::{bookkeeping, quietly};
use crate::scope::known::{Known, KnownBudgets};
use crate::scope::serving;
use crate::scope::thread;

thread_local! {
    // Without a destructor, so that the last call, in another thread-local's destructor, finds it.
    static OWN: Cell<Option<&'static Table>> = const { Cell::new(None) };
}

/// Where the calling thread's calls go. `None` where nothing can be recorded.
#[inline]
pub(super) fn table() -> Option<&'static Table> {
    match OWN.get() {
        Some(table) if table.generation == fork::generation() => Some(table),
        _ => take(),
    }
}

/// The first call of the thread takes a table, which the thread's end gives back. Calls that come
/// later than that share one, and so do the first ones of an allocator, while nothing can be asked
/// of std.
#[cold]
#[inline(never)]
fn take() -> Option<&'static Table> {
    let recording = Recording::current()?;
    if serving::is_serving() || !at_exit::register() {
        return Some(recording.shared_table());
    }
    let table = recording.take_table()?;
    quietly(|| {
        let thread = current();
        // That of the process is none of a test.
        let name = thread.name().filter(|name| *name != "main").unwrap_or_default();
        if let Some(mut rows) = table.lock() {
            let known = mem::replace(&mut rows.known, KnownBudgets::NONE);
            thread::with(|thread| {
                // Those of the process before a fork.
                thread.known.free();
                thread.known = known;
            });
            // Without memory for it, the calls are those of no test.
            if !name.bytes().all(|byte| rows.test.push(byte)) {
                rows.test.free();
            }
        }
    });
    OWN.set(Some(table));
    thread::with(|thread| thread.farewell = Some(end));
    Some(table)
}

/// From now on, the thread finds the budget's row by `key`, if it has it to itself.
pub(super) fn remember(key: usize, row: &'static Row) {
    if OWN.get().is_some_and(|table| ptr::eq(table, row.table)) {
        let known = Known(ptr::from_ref(row).cast());
        thread::with(|thread| thread.known.set(key, known));
    }
}

/// At the thread's end.
fn end() {
    let own = OWN.take();
    let mut known = thread::with(|thread| mem::replace(&mut thread.known, KnownBudgets::NONE));
    // Of the process before a fork, nothing is left to do.
    let Some(table) = own.filter(|table| table.generation == fork::generation()) else {
        return known.free();
    };
    match table.lock() {
        Some(mut rows) => rows.known = known,
        None => known.free(),
    }
    if let Some(recording) = Recording::current() {
        let _is_written = bookkeeping(|| recording.thread_has_ended(table));
    }
}
