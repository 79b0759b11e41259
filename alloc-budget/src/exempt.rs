//! Stretches of time that count for no scope that is open at their start.

use crate::scope;
use crate::tally::{self, Counters, Tally, Tripwire};

/// Runs `f`; what it allocates and frees counts for no scope that is open on this thread now.
///
/// For what a hot function does that is not its business: logging, lazily filled caches, assertions. A scope
/// that is opened inside measures and enforces as usual.
///
/// A block that was allocated inside and is freed later, outside, counts there as freed: the open scope's
/// retained bytes go down by its size.
///
/// ```
/// use alloc_budget::{exempt, measure};
///
/// let (_, m) = measure(|| exempt(|| format!("{}", 42)));
/// assert_eq!(m.allocations, 0);
/// ```
pub fn exempt<T>(f: impl FnOnce() -> T) -> T {
    let _exempt = Exempt(pause());
    f()
}

struct Exempt(Paused);

impl Drop for Exempt {
    fn drop(&mut self) {
        resume(&self.0);
    }
}

/// The crate's own bookkeeping, which counts nowhere.
///
/// Blocks that were allocated meanwhile and are still there at its end (the payload of a panic that was raised)
/// are freed in the open. Their deallocations are taken back in advance, so that the books balance when the
/// last of them is gone.
pub(crate) struct Unseen(Paused);

impl Unseen {
    pub(crate) fn enter() -> Self {
        Self(pause())
    }
}

impl Drop for Unseen {
    fn drop(&mut self) {
        // SAFETY: a plain access to the thread's own tally, see `tally::current`.
        let now = unsafe { (*tally::current()).counters };
        let before = &mut self.0.tally.counters;
        let blocks = |c: &Counters| c.allocations - c.deallocations;
        let (left_blocks, left_bytes) = (blocks(&now) - blocks(before), now.live() - before.live());
        before.deallocations -= left_blocks;
        before.bytes_deallocated -= left_bytes;
        resume(&self.0);
    }
}

/// The thread as it was when counting paused.
struct Paused {
    tally: Tally,
    floor: usize,
}

fn pause() -> Paused {
    let tally = tally::current();
    // SAFETY: plain accesses to the thread's own tally, see `tally::current`.
    let before = unsafe { *tally };
    // SAFETY: as above.
    unsafe { (*tally).tripwire = Tripwire::SLACK };
    Paused { tally: before, floor: scope::raise_floor() }
}

fn resume(paused: &Paused) {
    // SAFETY: a plain write to the thread's own tally, see `tally::current`.
    unsafe { *tally::current() = paused.tally };
    scope::set_floor(paused.floor);
}
