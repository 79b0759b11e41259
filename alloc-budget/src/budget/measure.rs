//! Counting without a limit.

use crate::budget::settings;
use crate::count::measurement::Measurement;
use crate::limits::Limits;
use crate::scope::enter::Scope;
use crate::scope::leave::Entered;
use crate::scope::scopes::Ended;
use crate::scope::thread::{self, Thread};

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
/// Where no counting allocator is installed (see [`is_installed`](crate::is_installed)): zeros
/// would be a lie. And when `f` does.
#[track_caller]
pub fn measure<T>(f: impl FnOnce() -> T) -> (T, Measurement) {
    settings::require("what this allocates");
    let scope = Entered(Scope::enter::<0>(&Limits::NONE));
    let value = f();
    let measurement = scope.0.end().map(Ended::measured).unwrap_or_default();
    (value, measurement)
}

/// What a thread has allocated since it began, for harnesses that ask at the start and at the end
/// instead of running a closure: as [`Instant`](std::time::Instant) is for time.
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
    /// Blocks, reallocations included.
    pub allocations: u64,
    /// Their bytes.
    pub bytes_allocated: u64,
}

impl Totals {
    /// The calling thread's totals. Inside [`exempt`](crate::exempt) they grow as elsewhere, and go
    /// back at its end.
    ///
    /// # Panics
    /// Where no counting allocator is installed (see [`is_installed`](crate::is_installed)): zeros
    /// would be a lie.
    #[track_caller]
    pub fn now() -> Self {
        settings::require("what this allocates");
        let used = thread::with(|Thread { tally, scopes, .. }| {
            scopes.all().iter().fold(tally.used(), |used, open| used.less(&open.withheld()))
        });
        Self { allocations: used.allocations.cast_unsigned(), bytes_allocated: used.bytes.cast_unsigned() }
    }
}
