//! The quantities that can be limited, and what can be done with limits of them.

use std::fmt;

use crate::count::counters::{Counters, cast_unsigned};
use crate::count::event::Event;
use crate::limits::Limits;

/// A quantity that a budget can limit.
///
/// `Display` writes its name in reports.
///
/// ```
/// use alloc_budget::Limit;
///
/// assert_eq!(Limit::PeakBytes.argument(), "max_peak_bytes");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Limit {
    /// `max`: allocations, reallocations included. Unit: blocks.
    Allocations,
    /// `max_bytes`: bytes allocated, summed.
    Bytes,
    /// `max_peak_bytes`: the highest number of live bytes, above those at the entry.
    PeakBytes,
    /// `max_retained_bytes`: live bytes left at the exit.
    RetainedBytes,
    /// `max_reallocs`: reallocations. Unit: blocks.
    Reallocations,
    /// `max_deallocs`: deallocations, reallocations included. Unit: blocks.
    Deallocations,
    /// `max_block_bytes`: the largest single block.
    BlockBytes,
    /// `max_surviving_bytes`: bytes of the scope's own blocks that are live at the exit.
    SurvivingBytes,
}

impl Limit {
    /// All limits, in the order of the report.
    pub const ALL: [Self; 8] = [
        Self::Allocations,
        Self::Bytes,
        Self::PeakBytes,
        Self::RetainedBytes,
        Self::Reallocations,
        Self::Deallocations,
        Self::BlockBytes,
        Self::SurvivingBytes,
    ];

    /// All of them, as bits.
    pub(crate) const ANY: u8 = u8::MAX >> (8 - Self::ALL.len());

    /// Those that no counter tells of: what is measured is what was noted of each event past them.
    pub(crate) const NOTED: u8 = Self::BlockBytes.bit() | Self::SurvivingBytes.bit();

    /// The attribute's argument that sets this limit.
    pub fn argument(self) -> &'static str {
        match self {
            Self::Allocations => "max",
            Self::Bytes => "max_bytes",
            Self::PeakBytes => "max_peak_bytes",
            Self::RetainedBytes => "max_retained_bytes",
            Self::Reallocations => "max_reallocs",
            Self::Deallocations => "max_deallocs",
            Self::BlockBytes => "max_block_bytes",
            Self::SurvivingBytes => "max_surviving_bytes",
        }
    }

    /// This limit alone, as a bit.
    pub(crate) const fn bit(self) -> u8 {
        1 << self as u8
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Allocations => "allocations",
            Self::Bytes => "bytes",
            Self::PeakBytes => "peak bytes",
            Self::RetainedBytes => "retained bytes",
            Self::Reallocations => "reallocations",
            Self::Deallocations => "deallocations",
            Self::BlockBytes => "largest block",
            Self::SurvivingBytes => "surviving bytes",
        })
    }
}

impl Limits {
    pub(crate) fn get(&self, limit: Limit) -> u64 {
        match limit {
            Limit::Allocations => self.max,
            Limit::Bytes => self.max_bytes,
            Limit::PeakBytes => self.max_peak_bytes,
            Limit::RetainedBytes => self.max_retained_bytes,
            Limit::Reallocations => self.max_reallocs,
            Limit::Deallocations => self.max_deallocs,
            Limit::BlockBytes => self.max_block_bytes,
            Limit::SurvivingBytes => self.max_surviving_bytes,
        }
    }

    /// The limits whose bits are set.
    pub(crate) fn only(&self, bits: u8) -> Self {
        if bits == 0 {
            return Self::NONE;
        }
        let only = |limit: Limit| if bits & limit.bit() == 0 { u64::MAX } else { self.get(limit) };
        Self {
            max: only(Limit::Allocations),
            max_bytes: only(Limit::Bytes),
            max_peak_bytes: only(Limit::PeakBytes),
            max_retained_bytes: only(Limit::RetainedBytes),
            max_reallocs: only(Limit::Reallocations),
            max_deallocs: only(Limit::Deallocations),
            max_block_bytes: only(Limit::BlockBytes),
            max_surviving_bytes: only(Limit::SurvivingBytes),
        }
    }

    /// The tighter one of each.
    pub(crate) fn min(&self, other: &Self) -> Self {
        Self {
            max: self.max.min(other.max),
            max_bytes: self.max_bytes.min(other.max_bytes),
            max_peak_bytes: self.max_peak_bytes.min(other.max_peak_bytes),
            max_retained_bytes: self.max_retained_bytes.min(other.max_retained_bytes),
            max_reallocs: self.max_reallocs.min(other.max_reallocs),
            max_deallocs: self.max_deallocs.min(other.max_deallocs),
            max_block_bytes: self.max_block_bytes.min(other.max_block_bytes),
            max_surviving_bytes: self.max_surviving_bytes.min(other.max_surviving_bytes),
        }
    }

    /// What is left of them after something has been done.
    pub(crate) fn less(&self, done: &Counters) -> Self {
        let count = |limit: u64, done: i64| limit.saturating_sub(cast_unsigned(done.max(0)));
        let live = |limit: u64| limit.saturating_add_signed(done.live.saturating_neg());
        Self {
            max: count(self.max, done.allocations),
            max_bytes: count(self.max_bytes, done.bytes),
            max_peak_bytes: live(self.max_peak_bytes),
            max_retained_bytes: live(self.max_retained_bytes),
            max_reallocs: count(self.max_reallocs, done.reallocations),
            max_deallocs: count(self.max_deallocs, done.deallocations),
            max_block_bytes: self.max_block_bytes,
            max_surviving_bytes: self.max_surviving_bytes,
        }
    }
}

/// The limits that an event takes its scope past, as bits.
pub(crate) fn passed(counters: &Counters, limits: &Limits, limited: u8, event: &Event) -> u8 {
    let past = |limit: Limit, value: i64| {
        let is_past = u64::try_from(value).is_ok_and(|value| value > limits.get(limit));
        if is_past { limit.bit() & limited } else { 0 }
    };
    // Any of them may, so each is followed.
    let is_followed = limits.max_surviving_bytes != u64::MAX;
    let may_survive = if is_followed { Limit::SurvivingBytes.bit() & limited } else { 0 };
    let allocation = || {
        past(Limit::Allocations, counters.allocations)
            | past(Limit::Bytes, counters.bytes)
            | past(Limit::PeakBytes, counters.live)
            | past(Limit::RetainedBytes, counters.live)
            | past(Limit::BlockBytes, event.block_size())
            | may_survive
    };
    let deallocation = || past(Limit::Deallocations, counters.deallocations);
    match event {
        Event::Allocation { .. } => allocation(),
        Event::Reallocation { .. } => {
            allocation() | deallocation() | past(Limit::Reallocations, counters.reallocations)
        }
        Event::Deallocation { .. } => deallocation(),
    }
}
