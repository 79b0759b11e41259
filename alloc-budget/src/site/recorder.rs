//! What the calls of one function have done so far.

use crate::count::measurement::{Exempted, Measurement};
use crate::count::sync::{AtomicI64, AtomicU64, Ordering};

/// The calls so far, how many of them were skipped, and the highest value of each quantity in any
/// of the others. Without a lock: the
/// function may be one of the program's own allocator.
pub(crate) struct Recorder {
    calls: AtomicU64,
    skipped: AtomicU64,
    allocations: AtomicU64,
    bytes_allocated: AtomicU64,
    peak_bytes: AtomicU64,
    retained_bytes: AtomicI64,
    reallocations: AtomicU64,
    deallocations: AtomicU64,
    exempted: [AtomicU64; 2],
}

impl Recorder {
    pub(crate) const fn new() -> Self {
        Self {
            calls: AtomicU64::new(0),
            skipped: AtomicU64::new(0),
            allocations: AtomicU64::new(0),
            bytes_allocated: AtomicU64::new(0),
            peak_bytes: AtomicU64::new(0),
            retained_bytes: AtomicI64::new(i64::MIN),
            reallocations: AtomicU64::new(0),
            deallocations: AtomicU64::new(0),
            exempted: [const { AtomicU64::new(0) }; 2],
        }
    }

    /// Adds a call, and says whether it is the first.
    pub(super) fn add(&self, measurement: &Measurement) -> bool {
        let raise = |highest: &AtomicU64, value: u64| highest.fetch_max(value, Ordering::Relaxed);
        raise(&self.allocations, measurement.allocations);
        raise(&self.bytes_allocated, measurement.bytes_allocated);
        raise(&self.peak_bytes, measurement.peak_bytes);
        self.retained_bytes.fetch_max(measurement.retained_bytes, Ordering::Relaxed);
        raise(&self.reallocations, measurement.reallocations);
        raise(&self.deallocations, measurement.deallocations);
        let [allocations, bytes] = &self.exempted;
        raise(allocations, measurement.exempted.allocations);
        raise(bytes, measurement.exempted.bytes_allocated);
        // Behind its values, for whoever reads the number of calls before them.
        self.calls.fetch_add(1, Ordering::Release) == 0
    }

    /// Adds a call without its values, and says whether it is the first.
    pub(super) fn skip(&self) -> bool {
        self.skipped.fetch_add(1, Ordering::Relaxed);
        self.calls.fetch_add(1, Ordering::Release) == 0
    }

    /// How many calls there were, how many of them were skipped, and the highest value of each
    /// quantity in any of the others.
    pub(super) fn read(&self) -> (u64, u64, Measurement) {
        let calls = self.calls.load(Ordering::Acquire);
        let [allocations, bytes_allocated] = self.exempted.each_ref().map(|n| n.load(Ordering::Relaxed));
        let retained = self.retained_bytes.load(Ordering::Relaxed);
        let highest = Measurement {
            allocations: self.allocations.load(Ordering::Relaxed),
            bytes_allocated: self.bytes_allocated.load(Ordering::Relaxed),
            peak_bytes: self.peak_bytes.load(Ordering::Relaxed),
            // Where every call was skipped, as the other quantities.
            retained_bytes: if retained == i64::MIN { 0 } else { retained },
            reallocations: self.reallocations.load(Ordering::Relaxed),
            deallocations: self.deallocations.load(Ordering::Relaxed),
            largest_block_bytes: 0,
            exempted: Exempted { allocations, bytes_allocated },
            surviving_bytes: 0,
        };
        (calls, self.skipped.load(Ordering::Relaxed), highest)
    }
}
