//! Scopes of calls that are recorded: entered and left in a few steps where the thread knows the
//! budget, and the counters tell all that has happened.

use crate::count::limit::Limit;
use crate::limits::Limits;
use crate::scope::enter::Scope;
use crate::scope::known::Known;
use crate::scope::open::{OpenScope, Tag};
use crate::scope::scopes::{SERVING, Scopes};
use crate::scope::thread::Thread;

/// All limits that have a counter: the others are not for the short way.
pub(crate) const COUNTED: u8 = Limit::ANY & !Limit::NOTED;

/// The same, in a tag.
const LIMITED: u64 = COUNTED as u64;

/// What a call has done, in the order of [`Limit`]: what the counters tell of.
pub(crate) type Counted = [i64; 6];

impl Thread {
    /// Whether a scope can be entered here that is recorded, and nothing more.
    #[inline(always)]
    pub(crate) fn is_ready_to_record(&self) -> bool {
        let Scopes { top, ready, recorded, .. } = self.scopes;
        top < recorded && ready != SERVING && !self.is_bookkeeping
    }

    /// Enters a scope that keeps everything. Its fast exit is none that [`Scope::leave_fast`]
    /// takes: it tells the scope by a tag without limits.
    ///
    /// # Safety
    /// It is the calling thread, and ready to record.
    #[inline(always)]
    pub(crate) unsafe fn enter_recorded(&mut self, limits: &Limits, known: Known) -> Scope {
        let slot = self.scopes.top;
        // SAFETY: where it is ready, there is room; and then the top is the place of the slot that
        // the scope gets.
        let (scope, open) = unsafe { (Scope::enter_ready::<COUNTED>(self, limits), &mut *slot) };
        open.known = known;
        open.inside = [0; 2];
        Scope { tag: Tag(scope.tag.0 & !LIMITED) }
    }

    #[inline(always)]
    pub(crate) fn innermost(&self) -> &OpenScope {
        // SAFETY: below the top there is a slot, the one for no scope if there is no other.
        unsafe { &*self.scopes.top.wrapping_sub(1) }
    }

    /// What has happened in a scope, the innermost one, where its counters tell all.
    #[inline(always)]
    pub(crate) fn counted(&self, open: &OpenScope) -> Counted {
        let tally = &self.tally;
        let (left, live) = (&tally.left, tally.live());
        let mark = tally.mark();
        [
            open.allocations.start - left.allocations,
            open.bytes.start - left.bytes,
            if mark > open.entry_live { mark - open.entry_live } else { 0 },
            live - open.entry_live,
            open.reallocations.start - left.reallocations,
            open.deallocations.start - left.deallocations,
        ]
    }

    /// Ends the innermost scope, which has done so much.
    ///
    /// # Safety
    /// It has the fast exit of recorded scopes.
    #[inline(always)]
    pub(crate) unsafe fn leave_recorded(
        &mut self,
        [allocations, bytes, _, _, reallocations, deallocations]: Counted,
    ) {
        let Self { tally, scopes, .. } = self;
        let slot = scopes.top.wrapping_sub(1);
        // SAFETY: the innermost scope's slot; and the one below it, which may be that of no scope,
        // but is this thread's as soon as there is a scope.
        let (open, outer) = unsafe { (&*slot, &mut *slot.wrapping_sub(1)) };
        scopes.top = slot;
        let left = &mut tally.left;
        left.allocations = open.allocations.outer - allocations;
        left.bytes = open.bytes.outer - bytes;
        left.reallocations = open.reallocations.outer - reallocations;
        left.deallocations = open.deallocations.outer - deallocations;
        tally.restore_live_limit(open.outer_live_limit);
        tally.end_peak(open.outer_mark);
        let [inside_allocations, inside_bytes] = outer.inside;
        outer.inside = [inside_allocations + allocations, inside_bytes + bytes];
    }
}

impl OpenScope {
    /// Whether it is the scope that was entered, to be recorded, with such a tag, and nothing has
    /// happened in it that its counters don't tell of.
    #[inline(always)]
    pub(crate) fn has_fast_exit_of(&self, scope: Scope) -> bool {
        self.tag.0 == scope.tag.0 | LIMITED && scope.tag.0 & LIMITED == 0
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
