//! Scopes of calls that are recorded: entered and left in a few steps where the thread knows the
//! budget, and the counters tell all that has happened.

use crate::count::limit::Limit;
use crate::limits::Limits;
use crate::scope::enter::Scope;
use crate::scope::known::Known;
use crate::scope::open::{OpenScope, Tag};
use crate::scope::scopes::{SERVING, Scopes};
use crate::scope::thread::Thread;

/// What a call has done, in the order of [`Limit`]: what the counters tell of.
pub(crate) type Counted = [i64; 6];

impl Thread {
    /// Whether a scope can be entered here that is recorded, and nothing more.
    #[inline(always)]
    pub(crate) fn is_ready_to_record(&self) -> bool {
        let Scopes { top, ready, recorded, .. } = self.scopes;
        top < recorded && ready != SERVING && !self.is_bookkeeping
    }

    /// Enters a scope that keeps everything, and has the slow exit.
    ///
    /// # Safety
    /// It is the calling thread, and ready to record.
    #[inline(always)]
    pub(crate) unsafe fn enter_recorded(&mut self, limits: &Limits, known: Known) -> Scope {
        let slot = self.scopes.top;
        // SAFETY: where it is ready, there is room; and then the top is the place of the slot that
        // the scope gets.
        unsafe {
            let scope = Scope::enter_ready::<{ Limit::ANY }>(self, limits);
            let open = &mut *slot;
            open.tag.0 |= Tag::SLOW_EXIT;
            open.known = known;
            open.inside = [0; 2];
            scope
        }
    }

    /// The scope and what was counted in it, if it is the innermost one, of a budget that the
    /// thread knows, and within its limits; and if nothing has happened that no counter tells of.
    #[inline(always)]
    pub(crate) fn recorded(&self, scope: Scope) -> Option<(&OpenScope, Counted)> {
        let Self { tally, scopes, .. } = self;
        // SAFETY: below the top there is a slot, the one for no scope if there is no other.
        let open = unsafe { &*scopes.top.wrapping_sub(1) };
        if open.tag.0 != scope.tag.0 | Tag::SLOW_EXIT {
            return None;
        }
        if open.known == Known::NOTHING
            || !open.captures.is_none()
            || !open.remote.is_none()
            || open.noted_peak != i64::MIN
        {
            return None;
        }
        let (left, live) = (&tally.left, tally.live());
        let mark = tally.mark();
        let allocations = open.allocations.start - left.allocations;
        let bytes = open.bytes.start - left.bytes;
        let reallocations = open.reallocations.start - left.reallocations;
        let deallocations = open.deallocations.start - left.deallocations;
        let peak = if mark > open.entry_live { mark - open.entry_live } else { 0 };
        let counted = [allocations, bytes, peak, live - open.entry_live, reallocations, deallocations];
        // Below zero where deallocations were taken back that are still to come.
        let is_negative = (allocations | bytes | reallocations | deallocations) < 0;
        if is_negative || tally.is_past() && !open.limits.admit_counted(&counted) {
            return None;
        }
        Some((open, counted))
    }

    /// Ends the scope that [`Thread::recorded`] has found.
    ///
    /// # Safety
    /// There is one.
    #[inline(always)]
    pub(crate) unsafe fn leave_recorded(&mut self, [allocations, bytes, ..]: Counted) {
        let Self { tally, scopes, .. } = self;
        let slot = scopes.top.wrapping_sub(1);
        // SAFETY: the innermost scope's slot; and the one below it, which may be that of no scope,
        // but is this thread's as soon as there is a scope.
        let (open, outer) = unsafe { (&*slot, &mut *slot.wrapping_sub(1)) };
        scopes.top = slot;
        let left = &mut tally.left;
        left.allocations += open.allocations.withheld();
        left.bytes += open.bytes.withheld();
        left.reallocations += open.reallocations.withheld();
        left.deallocations += open.deallocations.withheld();
        tally.restore_live_limit(open.outer_live_limit);
        tally.end_peak(open.outer_mark);
        outer.inside[0] = outer.inside[0].wrapping_add(allocations);
        outer.inside[1] = outer.inside[1].wrapping_add(bytes);
    }
}

impl Limits {
    #[cold]
    fn admit_counted(&self, &[allocations, bytes, peak, retained, reallocs, deallocs]: &Counted) -> bool {
        let admits = |limit: u64, value: i64| u64::try_from(value).map_or(true, |value| value <= limit);
        admits(self.max, allocations)
            && admits(self.max_bytes, bytes)
            && admits(self.max_peak_bytes, peak)
            && admits(self.max_retained_bytes, retained)
            && admits(self.max_reallocs, reallocs)
            && admits(self.max_deallocs, deallocs)
    }
}

impl Scopes {
    /// What the scope that was the last to end did by itself, of `all` that it did. Called before
    /// another one is entered.
    pub(crate) fn own(&mut self, all: [i64; 2]) -> [i64; 2] {
        let inside = self.free_slot().map_or([0; 2], |ended| ended.inside);
        if let Some(outer) = self.all().last_mut() {
            outer.inside = [outer.inside[0] + all[0], outer.inside[1] + all[1]];
        }
        [all[0] - inside[0], all[1] - inside[1]]
    }
}
