//! The table of the calling thread.

use std::cell::Cell;
use std::thread::current;

use crate::record::fork;
use crate::record::recording::Recording;
use crate::record::table::Table;
use crate::scope::at_exit;
use crate::scope::exempt::{bookkeeping, quietly};
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

/// At the thread's end.
fn end() {
    // Of the process before a fork, nothing is left to do.
    let Some(table) = OWN.take().filter(|table| table.generation == fork::generation()) else { return };
    if let Some(recording) = Recording::current() {
        let _is_written = bookkeeping(|| recording.thread_has_ended(table));
    }
}
