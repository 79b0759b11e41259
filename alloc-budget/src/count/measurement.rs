//! What a scope has done, as its reader sees it.

use crate::count::counters::{Counters, cast_signed, cast_unsigned};
use crate::count::limit::Limit;
use crate::limits::{Limits, MaxExempt};

/// What a scope did on its thread, in whatever was called.
///
/// A reallocation counts as an allocation of the new size and a deallocation of the old one, as in
/// DHAT and in Go's `allocs/op`. Its peak is that of the block in place.
///
/// ```
/// use alloc_budget::{Limit, measure};
///
/// let (_, m) = measure(|| drop(vec![0_u8; 100]));
///
/// assert_eq!((m.allocations, m.deallocations, m.retained_blocks()), (1, 1, 0));
/// assert_eq!((m.bytes_allocated, m.peak_bytes, m.retained_bytes), (100, 100, 0));
/// assert_eq!(m.value(Limit::Bytes), 100);
/// ```
///
/// Two are equal if all that was counted is. What was exempted is left out there too.
#[derive(Debug, Clone, Copy, Eq, Default)]
#[non_exhaustive]
pub struct Measurement {
    /// Blocks allocated, reallocations included.
    pub allocations: u64,
    /// Blocks that were reallocated: grown or shrunk.
    pub reallocations: u64,
    /// Blocks freed, reallocations included.
    pub deallocations: u64,
    /// Bytes allocated, summed.
    pub bytes_allocated: u64,
    /// The highest number of live bytes at any moment, above those at the entry. It is not known,
    /// and 0, in a [budget of all threads](crate::Budget::all_threads) that does not limit it.
    pub peak_bytes: u64,
    /// Live bytes at the exit, less those at the entry. Negative if more was freed than allocated.
    pub retained_bytes: i64,
    /// The largest single block that was asked for, where it passed
    /// [`Budget::max_block_bytes`](crate::Budget::max_block_bytes). 0, for not known, where it did
    /// not, and where there was no such limit: nobody compares the blocks then.
    pub largest_block_bytes: u64,
    /// Bytes of the blocks that were allocated in the scope and are live at its exit: as
    /// `retained_bytes`, but what was there before and has been freed makes no room for them. 0,
    /// for not known, where there was no limit of them
    /// ([`Budget::max_surviving_bytes`](crate::Budget::max_surviving_bytes)).
    pub surviving_bytes: u64,
    pub(crate) exempted: Exempted,
}

/// What was left out of a measurement by [`exempt`](crate::exempt()).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Exempted {
    /// Blocks allocated, reallocations included.
    pub allocations: u64,
    /// Bytes allocated, summed.
    pub bytes_allocated: u64,
}

impl PartialEq for Measurement {
    fn eq(&self, other: &Self) -> bool {
        let counted = |m: &Self| {
            let events = [m.allocations, m.reallocations, m.deallocations];
            (
                events,
                m.bytes_allocated,
                m.peak_bytes,
                m.retained_bytes,
                m.largest_block_bytes,
                m.surviving_bytes,
            )
        };
        counted(self) == counted(other)
    }
}

impl Measurement {
    pub(crate) fn new(counters: &Counters, peak: i64) -> Self {
        // Below zero only where deallocations were taken back that are still to come.
        let count = |number: i64| cast_unsigned(number.max(0));
        Self {
            allocations: count(counters.allocations),
            reallocations: count(counters.reallocations),
            deallocations: count(counters.deallocations),
            bytes_allocated: count(counters.bytes),
            peak_bytes: count(peak),
            retained_bytes: counters.live,
            largest_block_bytes: 0,
            surviving_bytes: 0,
            exempted: Exempted { allocations: 0, bytes_allocated: 0 },
        }
    }

    /// In the order of [`Limit`], of a scope of which the counters tell all.
    pub(crate) fn counted([allocations, bytes, peak, retained, reallocs, deallocs]: [i64; 6]) -> Self {
        Self {
            allocations: cast_unsigned(allocations),
            reallocations: cast_unsigned(reallocs),
            deallocations: cast_unsigned(deallocs),
            bytes_allocated: cast_unsigned(bytes),
            peak_bytes: cast_unsigned(peak),
            retained_bytes: retained,
            ..Self::default()
        }
    }

    /// What [`exempt`](crate::exempt()) has left out, in the scope or in those inside of it. It is
    /// not known, and zero, if all threads were measured.
    ///
    /// ```
    /// use alloc_budget::{exempt, measure};
    ///
    /// let (_, m) = measure(|| exempt(|| vec![1_u8; 10]));
    /// assert_eq!((m.exempted().allocations, m.exempted().bytes_allocated), (1, 10));
    /// ```
    pub fn exempted(&self) -> Exempted {
        self.exempted
    }

    /// Live blocks at the exit, less those at the entry: allocations less deallocations.
    pub fn retained_blocks(&self) -> i64 {
        cast_signed(self.allocations) - cast_signed(self.deallocations)
    }

    /// The value that `limit` limits. Negative retained bytes are 0.
    pub fn value(&self, limit: Limit) -> u64 {
        match limit {
            Limit::Allocations => self.allocations,
            Limit::Bytes => self.bytes_allocated,
            Limit::PeakBytes => self.peak_bytes,
            Limit::RetainedBytes => u64::try_from(self.retained_bytes).unwrap_or(0),
            Limit::Reallocations => self.reallocations,
            Limit::Deallocations => self.deallocations,
            Limit::BlockBytes => self.largest_block_bytes,
            Limit::SurvivingBytes => self.surviving_bytes,
        }
    }
}

impl Limits {
    pub(crate) fn admit(&self, m: &Measurement) -> bool {
        m.allocations <= self.max
            && m.bytes_allocated <= self.max_bytes
            && m.peak_bytes <= self.max_peak_bytes
            && (m.retained_bytes <= 0 || cast_unsigned(m.retained_bytes) <= self.max_retained_bytes)
            && m.reallocations <= self.max_reallocs
            && m.deallocations <= self.max_deallocs
            && m.largest_block_bytes <= self.max_block_bytes
            && m.surviving_bytes <= self.max_surviving_bytes
    }
}

impl MaxExempt {
    pub(crate) fn admits(self, m: &Measurement) -> bool {
        m.exempted.allocations <= self.0
    }
}
