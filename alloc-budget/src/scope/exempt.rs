//! Stretches of time that count for no scope that is open at their start.

use std::cell::Cell;

use crate::count::tally::Tally;
use crate::scope::scopes::{Ended, Floor};
use crate::scope::thread::{self, Thread};

/// Runs `f` without counting it for the scopes that are open on this thread.
///
/// Use it for what a hot function does on the side: logging, filling a cache, assertions.
///
/// ```
/// use alloc_budget::{exempt, measure};
///
/// let (_, m) = measure(|| exempt(|| format!("{}", 42)));
/// assert_eq!(m.allocations, 0);
/// ```
///
/// - A scope that begins inside `f` measures and enforces as usual.
/// - If you allocate a block inside and free it outside, the free counts: `retained_bytes` of the
///   open scope goes down by its size.
///
/// # Panics
/// If `f` panics.
pub fn exempt<T>(f: impl FnOnce() -> T) -> T {
    let _exempt = Exempt::enter();
    f()
}

/// While it is there, nothing counts and nothing is worth a closer look. The crate's own
/// bookkeeping is done under it.
pub(crate) struct Exempt {
    before: Tally,
    floor: Floor,
    was_paused: bool,
}

impl Exempt {
    pub(crate) fn enter() -> Self {
        thread::with(|Thread { tally, scopes, part, .. }| {
            let before = *tally;
            tally.lift();
            let was_paused = std::mem::replace(&mut part.is_paused, true);
            Self { before, floor: scopes.raise_floor(), was_paused }
        })
    }
}

impl Drop for Exempt {
    fn drop(&mut self) {
        lower_floor(&self.floor);
        thread::with(|Thread { tally, part, .. }| {
            *tally = self.before;
            part.is_paused = self.was_paused;
        });
    }
}

/// While it is there, what happens is something that the thread does, but counts for none of the
/// scopes that are open on it.
pub(crate) struct SetAside {
    before: Tally,
    floor: Floor,
}

impl SetAside {
    pub(crate) fn enter() -> Self {
        thread::with(|Thread { tally, scopes, .. }| {
            let before = *tally;
            tally.lift();
            Self { before, floor: scopes.raise_floor() }
        })
    }
}

impl Drop for SetAside {
    fn drop(&mut self) {
        lower_floor(&self.floor);
        thread::with(|thread| thread.tally.back_to(&self.before));
    }
}

/// Ends the scopes that were entered since the floor was raised and not left, and lowers it again.
#[inline]
fn lower_floor(floor: &Floor) {
    while let Some(ended) = thread::with(|thread| thread.scopes.lower_floor(&mut thread.tally, floor)) {
        give_up(ended);
    }
}

#[cold]
fn give_up(ended: Ended) {
    let _exempt = Exempt::enter();
    ended.give_up();
}

/// Ends every scope of the thread, exempt or not: at the end of the thread.
pub(super) fn end_all() {
    let exempt = Exempt::enter();
    thread::with(|thread| thread.scopes.floor = 0);
    drop(exempt);
}

/// Runs `f` exempt. `None` where this thread is inside another `bookkeeping` already: the allocator
/// that `f` uses may have budgets of its own.
pub(crate) fn bookkeeping<T>(f: impl FnOnce() -> T) -> Option<T> {
    thread_local!(static IS_BUSY: Cell<bool> = const { Cell::new(false) });
    struct Busy;
    impl Drop for Busy {
        fn drop(&mut self) {
            IS_BUSY.set(false);
        }
    }
    if IS_BUSY.replace(true) {
        return None;
    }
    let _busy = Busy;
    Some(exempt(f))
}
