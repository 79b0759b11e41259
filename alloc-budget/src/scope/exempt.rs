//! Stretches of time that count for no scope that is open at their start.

use crate::count::counters::Left;
use crate::count::tally::Tally;
use crate::scope::scopes::{Ended, Floor};
use crate::scope::thread::{self, Thread};

/// Runs `f` without counting it for the scopes that are open on this thread.
///
/// Use it for what a hot function does on the side: logging, filling a cache, assertions. It hides
/// nothing: each scope around it knows how much was exempted in it, and its report says so. See
/// [`Measurement::exempted`](crate::Measurement::exempted). With `max_exempt` a budget limits it:
/// see [`Budget::max_exempt`](crate::Budget::max_exempt).
///
/// ```
/// use alloc_budget::{exempt, measure};
///
/// let (_, m) = measure(|| exempt(|| format!("{}", 42)));
/// assert_eq!(m.allocations, 0);
/// assert_eq!(m.exempted().bytes_allocated, 2);
/// ```
///
/// - A scope that begins inside `f` measures and enforces as usual.
/// - What `prime` makes ready in a function that you call is exempt as well.
/// - If you allocate a block inside and free it outside, the free counts: `retained_bytes` of the
///   open scope goes down by its size.
///
/// # Panics
/// If `f` panics.
pub fn exempt<T>(f: impl FnOnce() -> T) -> T {
    let _noted = Noted::enter();
    f()
}

/// The same for the crate's own bookkeeping, of which no scope hears.
pub(crate) fn quietly<T>(f: impl FnOnce() -> T) -> T {
    let _exempt = Exempt::enter();
    f()
}

/// A user's stretch. When it ends, the scopes around it hear what was exempted in it.
struct Noted(Exempt);

impl Noted {
    fn enter() -> Self {
        let exempt = Exempt::enter();
        // Also of what is exempted in there once more, since this stretch won't see it any more.
        thread::with(|thread| thread.scopes.hearing = exempt.floor.outer_hearing);
        Self(exempt)
    }
}

impl Drop for Noted {
    fn drop(&mut self) {
        end_scopes_above_floor();
        thread::with(|Thread { tally, scopes, .. }| {
            // What was put aside meanwhile counts elsewhere.
            let used = Left::PLENTY.less(&tally.left);
            if used.allocations <= 0 {
                return;
            }
            for scope in &mut scopes.all()[self.0.floor.outer_hearing..] {
                scope.captures.note_exempted(used.allocations, used.bytes);
                scope.set_slow_exit();
            }
        });
    }
}

/// While it is there, nothing counts and nothing is worth a closer look. The crate's own
/// bookkeeping is done under it.
pub(crate) struct Exempt {
    before: Tally,
    floor: Floor,
    was_paused: bool,
}

impl Exempt {
    #[inline(always)]
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
    #[inline(always)]
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
    end_scopes_above_floor();
    thread::with(|thread| thread.scopes.lower_floor(floor));
}

#[inline]
fn end_scopes_above_floor() {
    while let Some(ended) = thread::with(|thread| thread.scopes.end_above_floor(&mut thread.tally)) {
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

/// Whether this thread is inside [`bookkeeping`].
pub(crate) fn is_bookkeeping() -> bool {
    thread::with(|thread| thread.is_bookkeeping)
}

/// Runs `f` exempt. `None` where this thread is inside another `bookkeeping` already: the allocator
/// that `f` uses may have budgets of its own.
pub(crate) fn bookkeeping<T>(f: impl FnOnce() -> T) -> Option<T> {
    struct Busy;
    impl Drop for Busy {
        fn drop(&mut self) {
            thread::with(|thread| thread.is_bookkeeping = false);
        }
    }
    if thread::with(|thread| std::mem::replace(&mut thread.is_bookkeeping, true)) {
        return None;
    }
    let _busy = Busy;
    Some(quietly(f))
}
