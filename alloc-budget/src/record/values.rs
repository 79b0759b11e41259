//! What one test has done with one budget.

use crate::count::counters::{cast_signed, cast_unsigned};
use crate::count::limit::Limit;
use crate::count::measurement::{Exempted, Measurement};
use crate::limits::{Limits, MaxExempt};
use crate::scope::recorded::Counted;

/// How a call has ended that was counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    Judged,
    /// The budget has no limits.
    Measured,
    /// The call was a warm-up.
    Warming,
    /// The call failed, and the budget leaves such calls out.
    Skipped,
}

/// So many quantities can be limited: the first six are always measured.
const LIMITS: usize = Limit::ALL.len();
const ALWAYS: usize = 6;

/// Of all calls since it was [`Values::NONE`].
#[derive(Clone, Copy)]
pub(super) struct Values {
    pub(super) calls: u64,
    /// In whichever way.
    pub(super) ended: u64,
    pub(super) judged: u64,
    pub(super) warming: u64,
    pub(super) skipped: u64,
    pub(super) unwound: u64,
    pub(super) unchecked: u64,
    pub(super) exceeded: u64,
    pub(super) allocations: u64,
    pub(super) bytes: u64,
    /// Allocations and bytes without those of the calls inside.
    own: [u64; 2],
    /// Other calls may have been inside of those that end between two pieces.
    is_own_known: bool,
    pub(super) quantities: [Quantity; LIMITS],
    pub(super) max_exempt: Quantity,
    /// The greatest of each in any one call.
    pub(super) exempted: [u64; 2],
}

/// One quantity in those calls that were judged or measured.
#[derive(Clone, Copy)]
pub(super) struct Quantity {
    least: i64,
    worst: i64,
    /// The number of the call with the worst value.
    call: u64,
    least_limit: u64,
    greatest_limit: u64,
    slack: i64,
}

impl Quantity {
    const NONE: Self = Self {
        least: i64::MAX,
        worst: i64::MIN,
        call: 0,
        least_limit: u64::MAX,
        greatest_limit: 0,
        slack: i64::MAX,
    };

    // Not with `min`: in an unoptimised build, it would be called.
    #[inline(always)]
    fn add(&mut self, call: u64, value: i64, limit: u64) {
        if value < self.least {
            self.least = value;
        }
        if value > self.worst {
            (self.worst, self.call) = (value, call);
        }
        if limit != u64::MAX {
            self.limited(value, limit);
        }
    }

    #[inline(always)]
    fn limited(&mut self, value: i64, limit: u64) {
        self.is_limited(limit);
        let limit = if limit > cast_unsigned(i64::MAX) { i64::MAX } else { cast_signed(limit) };
        let slack = limit.saturating_sub(value);
        if slack < self.slack {
            self.slack = slack;
        }
    }

    #[inline(always)]
    fn is_limited(&mut self, limit: u64) {
        if limit < self.least_limit {
            self.least_limit = limit;
        }
        if limit > self.greatest_limit {
            self.greatest_limit = limit;
        }
    }

    /// Adds calls that come after those that it knows.
    fn merge(&mut self, later: &Self, calls_before: u64) {
        if later.worst > self.worst {
            (self.worst, self.call) = (later.worst, calls_before + later.call);
        }
        self.least = self.least.min(later.least);
        self.least_limit = self.least_limit.min(later.least_limit);
        self.greatest_limit = self.greatest_limit.max(later.greatest_limit);
        self.slack = self.slack.min(later.slack);
    }

    /// The highest value, and the number of the call that had it.
    pub(super) fn worst(&self) -> Option<(i64, u64)> {
        (self.worst != i64::MIN).then_some((self.worst, self.call))
    }

    pub(super) fn least(&self) -> Option<i64> {
        self.worst().map(|_| self.least)
    }

    pub(super) fn limits(&self) -> Option<[u64; 2]> {
        (self.least_limit != u64::MAX).then_some([self.least_limit, self.greatest_limit])
    }

    pub(super) fn slack(&self) -> Option<i64> {
        (self.slack != i64::MAX).then_some(self.slack)
    }
}

impl Values {
    pub(super) const NONE: Self = Self {
        calls: 0,
        ended: 0,
        judged: 0,
        warming: 0,
        skipped: 0,
        unwound: 0,
        unchecked: 0,
        exceeded: 0,
        allocations: 0,
        bytes: 0,
        own: [0; 2],
        is_own_known: true,
        quantities: [Quantity::NONE; LIMITS],
        max_exempt: Quantity::NONE,
        exempted: [0; 2],
    };

    /// Whether nothing has been added.
    pub(super) fn are_none(&self) -> bool {
        self.calls | self.ended | self.exceeded == 0
    }

    /// Adds a call that has ended.
    pub(super) fn add(&mut self, ending: Ending, m: &Measurement, limits: &Limits, max_exempt: MaxExempt) {
        self.ended += 1;
        self.allocations += m.allocations;
        self.bytes += m.bytes_allocated;
        let Exempted { allocations, bytes_allocated } = m.exempted;
        if allocations > 0 {
            let [most_allocations, most_bytes] = &mut self.exempted;
            *most_allocations = (*most_allocations).max(allocations);
            *most_bytes = (*most_bytes).max(bytes_allocated);
        }
        match ending {
            Ending::Judged => self.judged += 1,
            Ending::Measured => {}
            Ending::Warming => return self.warming += 1,
            Ending::Skipped => return self.skipped += 1,
        }
        let call = self.ended;
        let (allocations, reallocations) = (cast_signed(m.allocations), cast_signed(m.reallocations));
        let (bytes, peak) = (cast_signed(m.bytes_allocated), cast_signed(m.peak_bytes));
        let deallocations = cast_signed(m.deallocations);
        let counted = [allocations, bytes, peak, m.retained_bytes, reallocations, deallocations];
        self.add_quantities(call, &counted, limits);
        let [.., block, surviving] = &mut self.quantities;
        if limits.max_block_bytes != u64::MAX {
            // Known where it is past the limit only.
            block.is_limited(limits.max_block_bytes);
            if m.largest_block_bytes > 0 {
                block.add(call, cast_signed(m.largest_block_bytes), limits.max_block_bytes);
            }
        }
        if limits.max_surviving_bytes != u64::MAX {
            surviving.add(call, cast_signed(m.surviving_bytes), limits.max_surviving_bytes);
        }
        if max_exempt.0 != u64::MAX {
            self.max_exempt.add(call, cast_signed(m.exempted.allocations), max_exempt.0);
        }
    }

    /// Adds to each quantity that the counters tell of.
    pub(super) fn add_quantities(&mut self, call: u64, counted: &Counted, limits: &Limits) {
        let [allocations, bytes, peak, retained, reallocs, deallocs, ..] = &mut self.quantities;
        allocations.add(call, counted[0], limits.max);
        bytes.add(call, counted[1], limits.max_bytes);
        peak.add(call, counted[2], limits.max_peak_bytes);
        retained.add(call, counted[3], limits.max_retained_bytes);
        reallocs.add(call, counted[4], limits.max_reallocs);
        deallocs.add(call, counted[5], limits.max_deallocs);
    }

    /// Adds a call of which the counters tell all, but for its quantities.
    #[inline(always)]
    pub(super) fn add_sums(&mut self, counted: &Counted, inside: [i64; 2], measures: bool) {
        self.ended += 1;
        if !measures {
            self.judged += 1;
        }
        self.allocations += cast_unsigned(counted[0]);
        self.bytes += cast_unsigned(counted[1]);
        self.own[0] += cast_unsigned(counted[0] - inside[0]);
        self.own[1] += cast_unsigned(counted[1] - inside[1]);
    }

    /// Adds what the call that was added last did by itself.
    pub(super) fn add_own(&mut self, [allocations, bytes]: [u64; 2], is_of_pieces: bool) {
        self.own[0] += allocations;
        self.own[1] += bytes;
        self.is_own_known &= !is_of_pieces;
    }

    /// Allocations and bytes of all calls, without those of the calls inside of them.
    pub(super) fn own(&self) -> Option<[u64; 2]> {
        self.is_own_known.then_some(self.own)
    }

    /// Adds calls that come after those that it knows.
    pub(super) fn merge(&mut self, later: &Self) {
        for (own, later) in self.own.iter_mut().zip(later.own) {
            *own += later;
        }
        self.is_own_known &= later.is_own_known;
        for (own, later) in self.quantities.iter_mut().zip(&later.quantities) {
            own.merge(later, self.ended);
        }
        self.max_exempt.merge(&later.max_exempt, self.ended);
        for (own, later) in self.exempted.iter_mut().zip(later.exempted) {
            *own = (*own).max(later);
        }
        self.calls += later.calls;
        self.ended += later.ended;
        self.judged += later.judged;
        self.warming += later.warming;
        self.skipped += later.skipped;
        self.unwound += later.unwound;
        self.unchecked += later.unchecked;
        self.exceeded += later.exceeded;
        self.allocations += later.allocations;
        self.bytes += later.bytes;
    }

    /// Each quantity that a record has, by the argument that limits it.
    pub(super) fn quantities(&self) -> [Option<(&'static str, &Quantity)>; LIMITS + 1] {
        let mut all = [None; LIMITS + 1];
        for (at, quantity) in self.quantities.iter().enumerate() {
            if at < ALWAYS || quantity.limits().is_some() {
                all[at] = Some((Limit::ALL[at].argument(), quantity));
            }
        }
        if self.max_exempt.limits().is_some() {
            all[LIMITS] = Some(("max_exempt", &self.max_exempt));
        }
        all
    }
}
