//! Counting without a limit.

use crate::budget::settings;
use crate::count::counters::cast_unsigned;
use crate::count::measurement::Measurement;
use crate::limits::Limits;
use crate::scope::enter::Scope;
use crate::scope::leave::Entered;
use crate::scope::scopes::Ended;
use crate::scope::thread::{self, Thread};

/// Runs `f`, and returns its value and what it allocated on this thread.
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
/// If no counting allocator is installed (see [`is_installed`](crate::is_installed)), because zeros
/// would be a lie. Or if `f` panics.
#[track_caller]
pub fn measure<T>(f: impl FnOnce() -> T) -> (T, Measurement) {
    settings::require("what this allocates");
    let scope = Entered(Scope::enter::<0>(&Limits::NONE));
    let value = f();
    let measurement = scope.0.end().map(Ended::measured).unwrap_or_default();
    (value, measurement)
}

/// What a thread has allocated since it began.
///
/// It is to allocations what [`Instant`](std::time::Instant) is to time: for a harness that asks at
/// the start and at the end instead of running a closure.
///
/// ```
/// use alloc_budget::Totals;
///
/// let before = Totals::now();
/// let greeting = String::from("hello");
/// let after = Totals::now();
///
/// assert_eq!(after.allocations - before.allocations, 1);
/// assert_eq!(after.bytes_allocated - before.bytes_allocated, greeting.len() as u64);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Totals {
    /// Allocations, reallocations included. Unit: blocks.
    pub allocations: u64,
    /// Bytes allocated, summed.
    pub bytes_allocated: u64,
}

impl Totals {
    /// The calling thread's totals.
    ///
    /// Inside [`exempt`](crate::exempt) they grow as elsewhere. At its end they go back to what
    /// they were at its start.
    ///
    /// # Panics
    /// If no counting allocator is installed (see [`is_installed`](crate::is_installed)), because
    /// zeros would be a lie.
    #[track_caller]
    pub fn now() -> Self {
        settings::require("what this allocates");
        let used = thread::with(|Thread { tally, scopes, .. }| {
            scopes.all().iter().fold(tally.used(), |used, open| used.less(&open.withheld()))
        });
        Self { allocations: cast_unsigned(used.allocations), bytes_allocated: cast_unsigned(used.bytes) }
    }
}
