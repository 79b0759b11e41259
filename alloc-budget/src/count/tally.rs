//! The thread's counters, kept as what is left of each until somebody wants to know.
//!
//! The allocator reports each event here. Counting down makes the comparison with the limits free:
//! the sign of the subtraction tells. A scope withholds what its limit does not allow, and gives it
//! back at its end; so the counters stand for the tightest of all open scopes, and the number of
//! scopes costs an allocation nothing.

use crate::count::counters::{Counters, Left, PLENTY};
use crate::count::everywhere;

/// A thread's tally.
#[derive(Clone, Copy)]
pub(crate) struct Tally {
    pub(crate) left: Left,
    /// By how much live bytes may grow until they pass `mark`. Below zero where they are past
    /// `live_limit`.
    headroom: i64,
    /// The highest number of live bytes since the innermost open scope was entered, as far as it is
    /// not past `live_limit`; without a scope `PLENTY`.
    mark: i64,
    /// The highest number of live bytes that is within the limits of all open scopes.
    live_limit: i64,
    /// What exempt stretches put on top of what was left.
    exempted: Left,
}

impl Tally {
    pub(crate) const NEW: Self = Self {
        left: Left::PLENTY,
        headroom: PLENTY,
        mark: PLENTY,
        live_limit: PLENTY,
        exempted: Left::NOTHING,
    };

    // Each sign is asked for right after the subtraction that makes it: the processor's flags have
    // it, so it costs a branch that is never taken, and no register. What is left to count where
    // one is below zero is a function of its own, or the compiler would count all first. Wrapping,
    // because an unoptimised build would look for an overflow each time.

    /// Counts an allocation. Below zero where that is worth a closer look: past a limit, or of
    /// interest to a scope of all threads.
    #[inline(always)]
    pub(crate) fn allocated(&mut self, size: i64) -> i64 {
        self.took(size, size)
    }

    /// Counts a reallocation in place of both the allocation and the deallocation that it stands
    /// for.
    #[inline(always)]
    pub(crate) fn reallocated(&mut self, old_size: i64, new_size: i64) -> i64 {
        self.left.reallocations = self.left.reallocations.wrapping_sub(1);
        if self.left.reallocations < 0 {
            return self.past_reallocations(old_size, new_size);
        }
        self.left.deallocations = self.left.deallocations.wrapping_sub(1);
        if self.left.deallocations < 0 {
            return self.past_deallocations(old_size, new_size);
        }
        self.took(new_size, new_size - old_size)
    }

    /// Counts a deallocation.
    #[inline(always)]
    pub(crate) fn deallocated(&mut self, size: i64) -> i64 {
        self.headroom = self.headroom.wrapping_add(size);
        self.left.deallocations = self.left.deallocations.wrapping_sub(1);
        if self.left.deallocations < 0 {
            return -1;
        }
        everywhere::tripwire()
    }

    /// Counts a block of so many `bytes`, by which live ones have `grown`.
    #[inline(always)]
    fn took(&mut self, bytes: i64, grown: i64) -> i64 {
        self.left.allocations = self.left.allocations.wrapping_sub(1);
        if self.left.allocations < 0 {
            return self.past_allocations(bytes, grown);
        }
        self.left.bytes = self.left.bytes.wrapping_sub(bytes);
        if self.left.bytes < 0 {
            return self.past_bytes(grown);
        }
        self.headroom = self.headroom.wrapping_sub(grown);
        if self.headroom < 0 {
            let live = self.live();
            if live > self.live_limit {
                return self.past_live_limit(live);
            }
            self.mark = live;
            self.headroom = 0;
        }
        everywhere::tripwire()
    }

    #[cold]
    #[inline(never)]
    fn past_reallocations(&mut self, old_size: i64, new_size: i64) -> i64 {
        self.left.deallocations = self.left.deallocations.wrapping_sub(1);
        self.past_deallocations(old_size, new_size)
    }

    #[cold]
    #[inline(never)]
    fn past_deallocations(&mut self, old_size: i64, new_size: i64) -> i64 {
        self.left.allocations = self.left.allocations.wrapping_sub(1);
        self.past_allocations(new_size, new_size - old_size)
    }

    #[cold]
    #[inline(never)]
    fn past_allocations(&mut self, bytes: i64, grown: i64) -> i64 {
        self.left.bytes = self.left.bytes.wrapping_sub(bytes);
        self.past_bytes(grown)
    }

    #[cold]
    #[inline(never)]
    fn past_live_limit(&mut self, live: i64) -> i64 {
        self.set_mark(live);
        -1
    }

    #[cold]
    #[inline(never)]
    fn past_bytes(&mut self, grown: i64) -> i64 {
        self.headroom = self.headroom.wrapping_sub(grown);
        if self.headroom < 0 {
            self.set_mark(self.live());
        }
        -1
    }

    #[inline(always)]
    pub(crate) fn live(&self) -> i64 {
        self.mark - self.headroom
    }

    pub(crate) fn is_past(&self) -> bool {
        let Left { allocations, reallocations, deallocations, bytes } = self.left;
        (allocations | reallocations | deallocations | bytes | self.headroom) < 0
    }

    pub(crate) fn is_live_past(&self) -> bool {
        self.headroom < 0
    }

    /// The mark where the peak is `peak`, and so many bytes are live.
    #[inline(always)]
    fn set_mark(&mut self, peak: i64) {
        let live = self.live();
        self.mark = if self.live_limit < peak { self.live_limit } else { peak };
        self.headroom = self.mark - live;
    }

    /// Begins a peak of its own, and returns the mark so far.
    #[inline(always)]
    pub(crate) fn begin_peak(&mut self, live: i64) -> i64 {
        let outer = self.mark;
        self.set_mark(live);
        outer
    }

    /// Ends a peak: returns its mark, and goes on with the `outer` one.
    #[inline(always)]
    pub(crate) fn end_peak(&mut self, outer: i64) -> i64 {
        let mark = self.mark;
        if outer > mark {
            self.headroom += outer - mark;
            self.mark = outer;
        }
        mark
    }

    /// Limits live bytes, and returns the limit so far.
    #[inline(always)]
    pub(crate) fn limit_live(&mut self, limit: i64) -> i64 {
        let outer = self.live_limit;
        if limit < outer {
            self.live_limit = limit;
        }
        outer
    }

    #[inline(always)]
    pub(crate) fn restore_live_limit(&mut self, outer: i64) {
        self.live_limit = outer;
    }

    /// Lets anything pass from now on.
    pub(crate) fn lift(&mut self) {
        self.exempted = self.exempted.plus(&Left::PLENTY.less(&self.left));
        self.left = Left::PLENTY;
        self.live_limit = PLENTY;
        self.set_mark(PLENTY);
    }

    /// What has happened since the thread began, and what the open scopes withhold.
    pub(crate) fn used(&self) -> Left {
        Left::PLENTY.plus(&self.exempted).less(&self.left)
    }

    /// What has happened, up to a constant that changes when a scope is entered or left.
    pub(crate) fn counters(&self) -> Counters {
        Counters::new(&self.used(), self.live())
    }

    /// Counts what has happened elsewhere, or takes it back where it is negative. Passes no limit
    /// before the next event.
    pub(crate) fn add(&mut self, counters: &Counters) {
        self.left = self.left.less(&counters.used());
        self.headroom -= counters.live;
    }

    /// Goes back to what it was before, but for what the thread has done: that remains done,
    /// outside of the scopes that are open.
    pub(crate) fn back_to(&mut self, before: &Self) {
        let since = self.used().less(&before.used());
        *self = *before;
        self.exempted = self.exempted.plus(&since);
    }

    /// The highest number of live bytes since the innermost open scope was entered, as far as it is
    /// within the limits.
    #[inline(always)]
    pub(crate) fn mark(&self) -> i64 {
        self.mark
    }
}
