//! The thread's counters: plain monotonic numbers, no policy.
//!
//! The allocator reports each event here. Everything else reads the numbers at two moments and takes the
//! difference. All of them are signed, so that a difference across a restored or resumed point stays ordinary
//! arithmetic.

use std::cell::UnsafeCell;

/// What a thread has done since it began.
#[derive(Clone, Copy)]
pub(crate) struct Counters {
    pub(crate) allocations: i64,
    pub(crate) reallocations: i64,
    pub(crate) deallocations: i64,
    pub(crate) bytes_allocated: i64,
    pub(crate) bytes_deallocated: i64,
}

impl Counters {
    pub(crate) const ZERO: Self =
        Self { allocations: 0, reallocations: 0, deallocations: 0, bytes_allocated: 0, bytes_deallocated: 0 };

    #[inline(always)]
    pub(crate) fn live(&self) -> i64 {
        self.bytes_allocated - self.bytes_deallocated
    }

    pub(crate) fn less(&self, other: &Self) -> Self {
        Self {
            allocations: self.allocations - other.allocations,
            reallocations: self.reallocations - other.reallocations,
            deallocations: self.deallocations - other.deallocations,
            bytes_allocated: self.bytes_allocated - other.bytes_allocated,
            bytes_deallocated: self.bytes_deallocated - other.bytes_deallocated,
        }
    }
}

/// The values that no open scope has a complaint about. An event that takes a counter past its value is worth
/// a closer look; one comparison for each counter serves any number of open scopes.
#[derive(Clone, Copy)]
pub(crate) struct Tripwire {
    pub(crate) allocations: i64,
    pub(crate) reallocations: i64,
    pub(crate) deallocations: i64,
    pub(crate) bytes_allocated: i64,
    pub(crate) live: i64,
}

impl Tripwire {
    pub(crate) const SLACK: Self = Self {
        allocations: i64::MAX,
        reallocations: i64::MAX,
        deallocations: i64::MAX,
        bytes_allocated: i64::MAX,
        live: i64::MAX,
    };
}

/// A thread's tally.
#[derive(Clone, Copy)]
pub(crate) struct Tally {
    pub(crate) counters: Counters,
    /// The highest `live` since the innermost open scope was entered.
    pub(crate) peak: i64,
    pub(crate) tripwire: Tripwire,
}

thread_local! {
    // No destructor and a constant initial value: the first access neither allocates nor registers anything,
    // and the last one, in another thread-local's destructor, still finds it.
    static TALLY: UnsafeCell<Tally> =
        const { UnsafeCell::new(Tally { counters: Counters::ZERO, peak: 0, tripwire: Tripwire::SLACK }) };
}

/// The calling thread's tally, valid until the thread is gone.
///
/// Whoever follows the pointer does so for a few plain reads or writes during which nothing is called that
/// could allocate: then no two accesses overlap, because only the thread itself has the pointer.
#[inline(always)]
pub(crate) fn current() -> *mut Tally {
    TALLY.with(UnsafeCell::get)
}

impl Tally {
    /// Counts an allocation, and says whether it passed the tripwire.
    #[inline(always)]
    pub(crate) fn allocated(&mut self, size: i64) -> bool {
        self.counters.allocations += 1;
        self.counters.bytes_allocated += size;
        let live = self.counters.live();
        if live > self.peak {
            self.peak = live;
        }
        self.counters.allocations > self.tripwire.allocations
            || self.counters.bytes_allocated > self.tripwire.bytes_allocated
            || live > self.tripwire.live
    }

    /// Counts a reallocation in place of both the allocation and the deallocation that it stands for.
    #[inline(always)]
    pub(crate) fn reallocated(&mut self, old_size: i64, new_size: i64) -> bool {
        self.counters.reallocations += 1;
        self.counters.deallocations += 1;
        self.counters.bytes_deallocated += old_size;
        self.allocated(new_size)
            || self.counters.reallocations > self.tripwire.reallocations
            || self.counters.deallocations > self.tripwire.deallocations
    }

    /// Counts a deallocation.
    #[inline(always)]
    pub(crate) fn deallocated(&mut self, size: i64) -> bool {
        self.counters.deallocations += 1;
        self.counters.bytes_deallocated += size;
        self.counters.deallocations > self.tripwire.deallocations
    }
}
