//! Limits, and the comparison of a measurement with them.

use std::fmt;
use std::panic::Location;

use crate::all_threads;
use crate::exempt;
use crate::limits::Limits;
use crate::overage::{OnOverage, Overage};
use crate::scope::{Closed, Entered, Scope};
use crate::settings::{self, State};
use crate::tally::Counters;

/// What a scope did on its thread, callees included.
///
/// A reallocation is an allocation of the new size and a deallocation of the old one, as DHAT and Go's
/// `allocs/op` have it; its peak is that of the block in place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
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
    /// The highest number of live bytes above what was live at the entry. 0, for not known, where all threads were
    /// measured (see [`Budget::all_threads`]).
    pub peak_bytes: u64,
    /// Live bytes at the exit less those at the entry. Negative where more was freed than allocated.
    pub retained_bytes: i64,
}

impl Measurement {
    /// Live blocks at the exit less those at the entry: allocations less deallocations.
    pub fn retained_blocks(&self) -> i64 {
        self.allocations.cast_signed() - self.deallocations.cast_signed()
    }

    /// The value that `limit` limits. Retained bytes below zero are zero.
    pub fn value(&self, limit: Limit) -> u64 {
        match limit {
            Limit::Allocations => self.allocations,
            Limit::Bytes => self.bytes_allocated,
            Limit::PeakBytes => self.peak_bytes,
            Limit::RetainedBytes => u64::try_from(self.retained_bytes).unwrap_or(0),
            Limit::Reallocations => self.reallocations,
            Limit::Deallocations => self.deallocations,
        }
    }
}

/// A quantity that a budget can limit. `Display` writes its name in reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Limit {
    /// `max`: allocations.
    Allocations,
    /// `max_bytes`: bytes allocated, summed.
    Bytes,
    /// `max_peak_bytes`: peak live bytes above the entry.
    PeakBytes,
    /// `max_retained_bytes`: live bytes left at the exit.
    RetainedBytes,
    /// `max_reallocs`: reallocations.
    Reallocations,
    /// `max_deallocs`: deallocations.
    Deallocations,
}

impl Limit {
    /// All of them, in the order of the report.
    pub const ALL: [Self; 6] = [
        Self::Allocations,
        Self::Bytes,
        Self::PeakBytes,
        Self::RetainedBytes,
        Self::Reallocations,
        Self::Deallocations,
    ];

    /// All of them, as bits.
    pub(crate) const ANY: u8 = (1 << Self::ALL.len()) - 1;

    /// The attribute's argument that sets it.
    pub fn argument(self) -> &'static str {
        match self {
            Self::Allocations => "max",
            Self::Bytes => "max_bytes",
            Self::PeakBytes => "max_peak_bytes",
            Self::RetainedBytes => "max_retained_bytes",
            Self::Reallocations => "max_reallocs",
            Self::Deallocations => "max_deallocs",
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
        }
    }

    /// The limits whose bits are set.
    pub(crate) fn only(&self, bits: u8) -> Self {
        let only = |limit: Limit| if bits & limit.bit() == 0 { u64::MAX } else { self.get(limit) };
        Self {
            max: only(Limit::Allocations),
            max_bytes: only(Limit::Bytes),
            max_peak_bytes: only(Limit::PeakBytes),
            max_retained_bytes: only(Limit::RetainedBytes),
            max_reallocs: only(Limit::Reallocations),
            max_deallocs: only(Limit::Deallocations),
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
        }
    }

    /// What is left of them after something has been done.
    pub(crate) fn less(&self, done: &Counters) -> Self {
        let count = |limit: u64, done: i64| limit.saturating_sub(done.max(0).cast_unsigned());
        let live = |limit: u64| limit.saturating_add_signed(done.live.saturating_neg());
        Self {
            max: count(self.max, done.allocations),
            max_bytes: count(self.max_bytes, done.bytes),
            max_peak_bytes: live(self.max_peak_bytes),
            max_retained_bytes: live(self.max_retained_bytes),
            max_reallocs: count(self.max_reallocs, done.reallocations),
            max_deallocs: count(self.max_deallocs, done.deallocations),
        }
    }

    pub(crate) fn admit(&self, m: &Measurement) -> bool {
        m.allocations <= self.max
            && m.bytes_allocated <= self.max_bytes
            && m.peak_bytes <= self.max_peak_bytes
            && (m.retained_bytes <= 0 || m.retained_bytes.cast_unsigned() <= self.max_retained_bytes)
            && m.reallocations <= self.max_reallocs
            && m.deallocations <= self.max_deallocs
    }
}

/// An allocation budget without the attribute: for a closure, or with limits that are known at run time only.
///
/// ```
/// use alloc_budget::Budget;
///
/// const STEADY: Budget = Budget::new().max(0).name("steady state");
///
/// let mut buffer = Vec::with_capacity(16);
/// STEADY.enforce(|| buffer.extend_from_slice(b"fits"));
///
/// let overage = STEADY.check(|| buffer.extend([0; 64])).unwrap_err();
/// assert_eq!(overage.measurement().reallocations, 1);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub struct Budget {
    limits: Limits,
    name: Option<&'static str>,
    on_overage: OnOverage,
    all_threads: bool,
}

impl Default for Budget {
    fn default() -> Self {
        Self::new()
    }
}

impl Budget {
    /// A budget without limits.
    pub const fn new() -> Self {
        Self { limits: Limits::NONE, name: None, on_overage: OnOverage::Panic, all_threads: false }
    }

    /// At most so many allocations, reallocations included.
    pub const fn max(mut self, allocations: u64) -> Self {
        self.limits.max = allocations;
        self
    }

    /// At most so many bytes allocated, summed.
    pub const fn max_bytes(mut self, bytes: u64) -> Self {
        self.limits.max_bytes = bytes;
        self
    }

    /// At most so many live bytes at any moment, above what was live at the entry.
    ///
    /// # Panics
    /// Of a budget of [all threads](Budget::all_threads), which has no peak. In a constant that is a compile error.
    pub const fn max_peak_bytes(mut self, bytes: u64) -> Self {
        self.limits.max_peak_bytes = bytes;
        self.checked_peak()
    }

    /// At most so many live bytes left at the exit. With 0 nothing leaks and nothing escapes.
    pub const fn max_retained_bytes(mut self, bytes: u64) -> Self {
        self.limits.max_retained_bytes = bytes;
        self
    }

    /// At most so many reallocations. With 0 every capacity was right from the start.
    pub const fn max_reallocs(mut self, reallocations: u64) -> Self {
        self.limits.max_reallocs = reallocations;
        self
    }

    /// At most so many deallocations. With 0, and `max` 0, the allocator is left alone.
    pub const fn max_deallocs(mut self, deallocations: u64) -> Self {
        self.limits.max_deallocs = deallocations;
        self
    }

    /// The label in reports.
    pub const fn name(mut self, name: &'static str) -> Self {
        self.name = Some(name);
        self
    }

    /// What [`Budget::enforce`] does about an overage.
    pub const fn on_overage(mut self, on_overage: OnOverage) -> Self {
        self.on_overage = on_overage;
        self
    }

    /// The budget of the whole process: everything that every thread allocates while the scope is open, also threads
    /// that come and go meanwhile.
    ///
    /// For a program, or for a test that is alone in its process, as under `cargo nextest`. Under `cargo test` the tests
    /// of a file run on threads of one process, and such a budget sees them all: give it a test binary of its own.
    /// Threads that a scope hands its work to are better counted with a [`Handle`](crate::Handle).
    ///
    /// What a thread does in [`exempt`](crate::exempt) does not count. What a thread does at the same moment as the
    /// scope is opened or closed may or may not be seen: to be exact, the threads are started or told after the entry,
    /// and joined or heard of before the exit. A future is measured from its first poll until it is ready, the time
    /// between its polls included.
    ///
    /// Counting stays cheap, because each thread has counters of its own, which are summed at the end. So no thread
    /// knows when the sum passes a limit: reports have the call sites of what one thread alone took past it, and with
    /// `ALLOC_BUDGET_TRACE=full` all of them. And the peak of the sum is not known, so it can't be limited.
    ///
    /// ```
    /// use alloc_budget::Budget;
    ///
    /// let budget = Budget::new().max_retained_bytes(0).all_threads();
    /// budget.enforce(|| {
    ///     std::thread::spawn(|| drop(vec![0; 1024])).join().unwrap();
    /// });
    /// ```
    ///
    /// # Panics
    /// Beside a limit on peak bytes: it would take a counter that all threads write to with every allocation. In a
    /// constant that is a compile error.
    pub const fn all_threads(mut self) -> Self {
        self.all_threads = true;
        self.checked_peak()
    }

    const fn checked_peak(self) -> Self {
        assert!(
            !self.all_threads || self.limits.max_peak_bytes == u64::MAX,
            "a budget of all threads can't limit peak bytes: each thread has counters of its own"
        );
        self
    }

    /// Runs `f`, and compares what it allocated on this thread with the limits.
    ///
    /// With `ALLOC_BUDGET=off` in the environment the result is always `Ok`.
    ///
    /// # Errors
    /// The overage, where a limit was passed. The value of `f` is dropped then.
    ///
    /// # Panics
    /// Where no counting allocator is installed, since nothing could be checked (see
    /// [`is_installed`](crate::is_installed)); and when `f` does.
    #[track_caller]
    pub fn check<T>(&self, f: impl FnOnce() -> T) -> Result<T, Overage> {
        let (value, overage) = self.run(f, Location::caller());
        match overage {
            Some(overage) => Err(overage),
            None => Ok(value),
        }
    }

    /// Runs `f`, and acts on an overage: by default it panics with the report, at the caller.
    ///
    /// # Panics
    /// On an overage, unless [`Budget::on_overage`] or `ALLOC_BUDGET` in the environment say otherwise; where
    /// no counting allocator is installed; and when `f` does.
    #[track_caller]
    pub fn enforce<T>(&self, f: impl FnOnce() -> T) -> T {
        let (value, overage) = self.run(f, Location::caller());
        if let Some(message) = overage.and_then(|overage| overage.act(self.on_overage)) {
            exempt::raise(message);
        }
        value
    }

    #[track_caller]
    fn run<T>(&self, f: impl FnOnce() -> T, location: &'static Location<'static>) -> (T, Option<Overage>) {
        match settings::state() {
            State::Off => return (f(), None),
            State::NotInstalled => settings::refuse("an allocation budget"),
            _ => {}
        }
        let (value, closed) = if self.all_threads {
            let (value, closed) = all_threads::run(&self.limits, Limit::ANY, f);
            (value, Some(closed))
        } else {
            let scope = Entered(Scope::enter_tracing::<{ Limit::ANY }>(&self.limits));
            (f(), scope.0.leave::<{ Limit::ANY }>())
        };
        let overage = closed.and_then(Closed::overage).and_then(|closed| self.overage(closed, location));
        (value, overage)
    }

    pub(crate) fn overage(&self, closed: Closed, location: &'static Location<'static>) -> Option<Overage> {
        let name = || self.name.map_or_else(|| location.to_string(), str::to_owned);
        Overage::new(name, None, closed, location)
    }

    pub(crate) fn limits(&self) -> Limits {
        self.limits
    }

    pub(crate) fn is_of_all_threads(&self) -> bool {
        self.all_threads
    }

    pub(crate) fn action(&self) -> OnOverage {
        self.on_overage
    }
}

/// Runs `f`, and returns what it did on this thread beside its value.
///
/// ```
/// let (words, m) = alloc_budget::measure(|| "to be or not".split(' ').collect::<Vec<_>>());
///
/// assert_eq!(words.len(), 4);
/// assert_eq!((m.allocations, m.retained_blocks()), (1, 1));
/// assert_eq!(m.retained_bytes, 4 * size_of::<&str>() as i64);
/// ```
///
/// # Panics
/// Where no counting allocator is installed (see [`is_installed`](crate::is_installed)): zeros would be a lie.
/// And when `f` does.
#[track_caller]
pub fn measure<T>(f: impl FnOnce() -> T) -> (T, Measurement) {
    settings::require("what this allocates");
    let scope = Entered(Scope::enter::<0>(&Limits::NONE));
    let value = f();
    let measurement = scope.0.close().map(Closed::measured).unwrap_or_default();
    (value, measurement)
}
