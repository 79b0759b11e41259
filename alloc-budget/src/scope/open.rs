//! A scope that has been entered and not left, as it stands on its thread.

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::count::counters::{Counters, Left, PLENTY, cast_signed, cast_unsigned};
use crate::count::limit::Limit;
use crate::count::tally::Tally;
use crate::limits::Limits;
use crate::scope::known::Known;
use crate::scope::remote::Remote;
use crate::trace::captures::Captures;

/// The limits that a counter depends on.
pub(super) const ALLOCATIONS: u8 = Limit::Allocations.bit();
/// As long as all blocks together are below a limit on the largest one, so is each of them.
/// With one on those that survive, each is looked at.
pub(super) const BYTES: u8 = SUM | BLOCKS | SURVIVING;
pub(super) const BLOCKS: u8 = Limit::BlockBytes.bit();
pub(super) const SURVIVING: u8 = Limit::SurvivingBytes.bit();
pub(super) const LIVE: u8 = Limit::PeakBytes.bit() | Limit::RetainedBytes.bit();
pub(super) const REALLOCATIONS: u8 = Limit::Reallocations.bit();
/// With a limit on what is left, blocks may have to be followed until they are freed.
pub(super) const DEALLOCATIONS: u8 = Limit::Deallocations.bit() | Limit::RetainedBytes.bit() | SURVIVING;

const SUM: u8 = Limit::Bytes.bit();

/// What a scope measures: with limits, what a report of them shows; without, everything.
pub(super) const fn kept(limited: u8) -> u8 {
    if limited == 0 { Limit::ANY } else { limited | ALLOCATIONS | SUM }
}

/// One of the thread's counters, as a scope sees it. Apart, and not four of each side by side: a
/// copy of several at once would have to wait for the counters that have just been written one by
/// one.
#[derive(Clone, Copy)]
pub(crate) struct Counter {
    /// What was left when the scope was entered. Written where there is a limit.
    pub(super) outer: i64,
    /// The same without what the scope withholds.
    pub(super) start: i64,
}

impl Counter {
    const NONE: Self = Self { outer: 0, start: 0 };

    /// Begins with what is left, and lets only `limit` be left of it.
    #[inline(always)]
    pub(super) fn withhold(left: &mut i64, limit: u64) -> Self {
        let outer = *left;
        if limit < cast_unsigned(PLENTY) && cast_signed(limit) < outer {
            *left = cast_signed(limit);
        }
        Self { outer, start: *left }
    }

    #[inline(always)]
    pub(super) fn withheld(self) -> i64 {
        self.outer - self.start
    }

    /// Begins with more. What has not been written may wrap.
    pub(crate) fn shift(&mut self, number: i64) {
        self.outer = self.outer.wrapping_add(number);
        self.start = self.start.wrapping_add(number);
    }

    /// Withholds so many more, which are still left.
    pub(crate) fn withhold_more(&mut self, number: i64) {
        self.outer = self.outer.wrapping_add(number);
    }
}

/// What tells a scope from the others of its thread:
///
/// ```text
/// bit  63       62 … 41   40 … 9       8           7 … 0
///      EXEMPT   slot      generation  SLOW_EXIT   limits, as bits of `Limit`
/// ```
///
/// One comparison tells that the innermost scope is the one to leave, and that its fast exit will
/// do: a scope that is exempt, or needs the slow exit, has another tag than the one it was entered
/// with.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tag(pub(super) u64);

impl Tag {
    /// No scope's.
    pub(super) const NONE: Self = Self(0);
    /// Of a scope in which something happened that its fast exit does not settle: an event past a
    /// limit, work of other threads, stacks that were captured.
    pub(super) const SLOW_EXIT: u64 = 1 << 8;
    /// All below the generation, which one more than them adds to.
    const LOW: u64 = 0x1ff;
    /// Of a scope that can't be ended now.
    pub(super) const EXEMPT: u64 = 1 << 63;

    /// What a slot begins with. Each of the process has tags of its own, so that no counter of the
    /// thread's is needed, and a scope that a coroutine took along to another thread is not found
    /// there.
    pub(super) fn of_new_slot() -> Self {
        static SLOTS: AtomicUsize = AtomicUsize::new(0);
        // Should either part of a tag run out, a scope that was taken along might be found where it
        // is not.
        Self((SLOTS.fetch_add(1, Ordering::Relaxed) as u64) << 41 & !Self::EXEMPT)
    }

    /// The tag of the slot's next scope.
    #[inline(always)]
    pub(super) fn next(self, limited: u8) -> Self {
        Self((self.0 | Self::LOW) + 1 + u64::from(limited))
    }

    fn has_slow_exit(self) -> bool {
        self.0 & Self::SLOW_EXIT != 0
    }

    /// Whether it is the same scope's, whichever exit it needs and whatever it keeps by now.
    pub(super) fn is_of(self, scope: Self) -> bool {
        (self.0 ^ scope.0) <= Self::LOW
    }
}

/// A scope that has been entered and not left.
#[derive(Clone, Copy)]
pub(crate) struct OpenScope {
    pub(super) tag: Tag,
    /// Every allocation is captured, not only those past a limit.
    pub(crate) trace_all: bool,
    /// It withholds every deallocation from the scopes inside, to follow blocks until they are
    /// freed.
    pub(crate) withholds_deallocations: bool,
    /// It goes on with what pieces before it have done, so that its entry is not where it was
    /// entered.
    pub(super) began_before: bool,
    pub(crate) captures: Captures,
    /// The highest number of live bytes of those past a limit of any scope.
    pub(crate) noted_peak: i64,
    /// What other threads do for it.
    pub(crate) remote: Remote,
    /// What it is a piece of, itself on another thread.
    pub(crate) piece_of: Remote,
    pub(crate) allocations: Counter,
    pub(crate) reallocations: Counter,
    pub(crate) deallocations: Counter,
    pub(crate) bytes: Counter,
    pub(crate) entry_live: i64,
    pub(super) outer_mark: i64,
    pub(super) outer_live_limit: i64,
    pub(crate) limits: Limits,
    /// What is kept of its budget, where it was entered in a few steps to be recorded.
    pub(crate) known: Known,
    /// Allocations and bytes of the recorded calls inside of it that have ended. Written where it
    /// is recorded itself.
    pub(crate) inside: [i64; 2],
}

impl OpenScope {
    pub(super) const NONE: Self = Self {
        tag: Tag::NONE,
        trace_all: false,
        withholds_deallocations: false,
        began_before: false,
        captures: Captures::NONE,
        noted_peak: i64::MIN,
        remote: Remote::NONE,
        piece_of: Remote::NONE,
        allocations: Counter::NONE,
        reallocations: Counter::NONE,
        deallocations: Counter::NONE,
        bytes: Counter::NONE,
        entry_live: 0,
        outer_mark: 0,
        outer_live_limit: 0,
        limits: Limits::NONE,
        known: Known::NOTHING,
        inside: [0; 2],
    };

    /// What has happened in it so far, where `left` is what it and those inside of it have not
    /// withheld.
    pub(crate) fn counters(&self, left: &Left, live: i64) -> Counters {
        let start = Left {
            allocations: self.allocations.start,
            reallocations: self.reallocations.start,
            deallocations: self.deallocations.start,
            bytes: self.bytes.start,
        };
        let only = |quantity: u8, number: i64| if self.keeps(quantity) { number } else { 0 };
        let mut used = start.less(left);
        used.reallocations = only(REALLOCATIONS, used.reallocations);
        used.deallocations = only(DEALLOCATIONS, used.deallocations);
        Counters::new(&used, only(LIVE, live.wrapping_sub(self.entry_live)))
    }

    /// Which limits there are. Of `limits`, `outer_live_limit` and what the counters withhold only
    /// what belongs to these is written; of the rest, what is [`kept`].
    #[allow(clippy::cast_possible_truncation)]
    pub(crate) fn limited(&self) -> u8 {
        self.tag.0 as u8 & Limit::ANY
    }

    /// Whether there is more to do at its end than to give back what it withheld. What an event may
    /// change is as in [`OpenScope::NONE`] until then.
    pub(crate) fn has_slow_exit(&self) -> bool {
        self.tag.has_slow_exit()
    }

    pub(crate) fn set_slow_exit(&mut self) {
        self.tag.0 |= Tag::SLOW_EXIT;
    }

    /// Goes on as if everything were limited, by no limit: just entered, it has measured nothing.
    pub(super) fn keep_everything(&mut self, tally: &mut Tally) {
        let (limited, kept) = (self.limited(), kept(self.limited()));
        let starts = |left: i64| Counter { outer: left, start: left };
        let left = &tally.left;
        if limited & ALLOCATIONS == 0 {
            self.allocations = starts(left.allocations);
        }
        if limited & BYTES == 0 {
            self.bytes = starts(left.bytes);
        }
        if limited & REALLOCATIONS == 0 {
            self.reallocations = starts(left.reallocations);
        }
        if limited & DEALLOCATIONS == 0 {
            self.deallocations = starts(left.deallocations);
        }
        if kept & LIVE == 0 {
            self.entry_live = tally.live();
            self.outer_mark = tally.begin_peak(self.entry_live);
        }
        if limited & LIVE == 0 {
            self.outer_live_limit = tally.limit_live(PLENTY);
        }
        self.limits = self.limits.only(limited);
        self.known = Known::NOTHING;
        self.inside = [0; 2];
        self.tag.0 |= u64::from(Limit::ANY);
    }

    /// Makes what an event may have changed as it is where none has.
    #[inline(always)]
    pub(super) fn settle(&mut self, tag: Tag) {
        self.tag = tag;
        self.trace_all = false;
        self.withholds_deallocations = false;
        self.began_before = false;
        self.captures = Captures::NONE;
        self.noted_peak = i64::MIN;
        self.remote = Remote::NONE;
        self.piece_of = Remote::NONE;
    }

    pub(super) fn keeps(&self, quantity: u8) -> bool {
        kept(self.limited()) & quantity != 0
    }

    pub(crate) fn note_peak(&mut self, live: i64) {
        if self.keeps(LIVE) {
            self.set_slow_exit();
            self.noted_peak = self.noted_peak.max(live);
        }
    }

    /// Withholds every deallocation, which is left to nobody any more.
    pub(crate) fn withhold_deallocations(&mut self) {
        self.withholds_deallocations = true;
        if self.limited() & DEALLOCATIONS == 0 {
            self.deallocations.outer = self.deallocations.start;
        }
        self.deallocations.withhold_more(PLENTY);
    }

    /// Makes it as if something had happened in it already, with such a peak.
    pub(crate) fn begin_with(&mut self, counters: &Counters, peak: i64) {
        self.allocations.shift(counters.allocations);
        self.reallocations.shift(counters.reallocations);
        self.deallocations.shift(counters.deallocations);
        self.bytes.shift(counters.bytes);
        self.entry_live -= counters.live;
        self.noted_peak = self.entry_live + peak;
        self.began_before = true;
    }

    /// What it withholds, of each.
    pub(crate) fn withheld(&self) -> Left {
        let only = |has: bool, counter: Counter| if has { counter.withheld() } else { 0 };
        let limited = self.limited();
        Left {
            allocations: only(limited & ALLOCATIONS != 0 || self.trace_all, self.allocations),
            reallocations: only(limited & REALLOCATIONS != 0, self.reallocations),
            deallocations: only(
                limited & DEALLOCATIONS != 0 || self.withholds_deallocations,
                self.deallocations,
            ),
            bytes: only(limited & BYTES != 0, self.bytes),
        }
    }
}
