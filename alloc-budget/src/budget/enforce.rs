//! `Budget`: limits for a closure.

use std::panic::Location;

use crate::budget::installed;
use crate::budget::overage::Overage;
use crate::budget::raise;
use crate::budget::settings::{self, OnOverage};
use crate::count::limit::Limit;
use crate::limits::Limits;
use crate::scope::enter::Scope;
use crate::scope::leave::{Closed, Entered};
use crate::scope::mode::State;
use crate::threads::all_threads;

/// An allocation budget without the attribute: for a closure, or with limits that are known at run
/// time only.
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
///
/// # A mean over many operations
///
/// A budget is one on all that it runs. So a mean is a budget on a loop: here fewer than 2
/// allocations an operation, though the one that makes the table grow takes more.
///
/// ```
/// use std::collections::HashMap;
///
/// use alloc_budget::Budget;
///
/// const OPERATIONS: u64 = 10_000;
///
/// let mut table = HashMap::new();
/// Budget::new().max(2 * OPERATIONS - 1).name("an operation, on average").enforce(|| {
///     for i in 0..OPERATIONS {
///         table.insert(i % 4096, i.to_string());
///     }
/// });
/// ```
///
/// The attribute judges each call, and [`budget!`](macro@crate::budget) around a loop all of its
/// rounds.
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
    ///
    /// An allocation that the system refuses counts nowhere, and most who ask for one end the
    /// process. So where it would have taken the scope past its limit of bytes, this is reported on
    /// standard error at the request, before that, with its call site; once for each scope, and
    /// without a verdict, for `try_reserve` goes on. It is the same with the limits of peak,
    /// retained and block bytes.
    pub const fn max_bytes(mut self, bytes: u64) -> Self {
        self.limits.max_bytes = bytes;
        self
    }

    /// At most so many live bytes at any moment, above what was live at the entry.
    pub const fn max_peak_bytes(mut self, bytes: u64) -> Self {
        self.limits.max_peak_bytes = bytes;
        self
    }

    /// At most so many live bytes left at the exit, less those at the entry. With 0, what is left
    /// is no more than what was there before.
    ///
    /// It is a net sum: what the function frees of what was there before makes room for as much that
    /// it leaks. It costs next to nothing. [`Budget::max_surviving_bytes`] asks of each block where
    /// it comes from.
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

    /// At most so many bytes in any single block that is asked for, the new size of a reallocation
    /// included: a length prefix that is believed, one gigabyte for one request.
    ///
    /// ```
    /// use alloc_budget::{Budget, Limit};
    ///
    /// let small_blocks = Budget::new().max_block_bytes(1024);
    /// small_blocks.enforce(|| (vec![0_u8; 1000], vec![0_u8; 1000]));
    ///
    /// let overage = small_blocks.check(|| vec![0_u8; 1025]).unwrap_err();
    /// assert_eq!(overage.exceeded().next().unwrap().limit, Limit::BlockBytes);
    /// assert_eq!(overage.measurement().largest_block_bytes, 1025);
    /// ```
    ///
    /// It costs nothing until all blocks together are above the limit; from then on, each
    /// allocation in the scope is compared with it.
    pub const fn max_block_bytes(mut self, bytes: u64) -> Self {
        self.limits.max_block_bytes = bytes;
        self
    }

    /// At most so many bytes at the exit in blocks that were allocated in the scope and are still
    /// live. With 0 nothing leaks and nothing escapes, whatever was freed that was there before.
    ///
    /// ```
    /// use alloc_budget::{Budget, Limit};
    ///
    /// let mut cache = vec![1_u8; 64];
    /// let replace = || cache = vec![2; 64];
    ///
    /// // As much is there as before, but it is another block.
    /// let budget = Budget::new().max_retained_bytes(0).max_surviving_bytes(0);
    /// let overage = budget.check(replace).unwrap_err();
    /// let exceeded = overage.exceeded().next().unwrap();
    /// assert_eq!((exceeded.limit, exceeded.actual), (Limit::SurvivingBytes, 64));
    /// ```
    ///
    /// A reallocation makes a new block of the new size, as everywhere: a buffer from outside that
    /// grows is one that survives. A block that is freed in [`exempt`](crate::exempt), or by a
    /// thread that has no [`Handle`](crate::Handle) of the scope, is one that nobody has seen go.
    ///
    /// It is a limit for tests: to know each block again, its allocation captures a stack and its
    /// deallocation looks it up, which takes microseconds. Beside threads that work for the scope,
    /// what was measured is never less than the truth, and may be more where they free each other
    /// thousands of blocks.
    pub const fn max_surviving_bytes(mut self, bytes: u64) -> Self {
        self.limits.max_surviving_bytes = bytes;
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

    /// The budget of the whole process: everything that every thread allocates while the scope is
    /// open, also threads that come and go meanwhile.
    ///
    /// For a program, or for a test that is alone in its process, as under `cargo nextest`. Under
    /// `cargo test` the tests of a file run on threads of one process, and such a budget sees them
    /// all: give it a test binary of its own. Threads that a scope hands its work to are better
    /// counted with a [`Handle`](crate::Handle).
    ///
    /// What a thread does in [`exempt`](crate::exempt) does not count. What a thread does at the
    /// same moment as the scope is opened or closed may or may not be seen: to be exact, the
    /// threads are started or told after the entry, and joined or heard of before the exit. A
    /// future is measured from its first poll until it is ready, the time between its polls
    /// included.
    ///
    /// Counting stays cheap, because each thread has counters of its own, which are summed at the
    /// end. So no thread knows when the sum passes a limit: reports have the call sites of what one
    /// thread alone took past it, and with `ALLOC_BUDGET_TRACE=full` all of them.
    ///
    /// With [`max_peak_bytes`](Budget::max_peak_bytes) the peak is that of all threads together, and
    /// exact. It is the one limit that is not cheap: while such a budget is open, every event of
    /// every thread writes to one number, which threads on several cores wait for. Its call sites
    /// are those that took the sum past the limit, whichever thread that was on.
    ///
    /// ```
    /// use alloc_budget::Budget;
    ///
    /// let budget = Budget::new().max_retained_bytes(0).all_threads();
    /// budget.enforce(|| {
    ///     std::thread::spawn(|| drop(vec![0; 1024])).join().unwrap();
    /// });
    /// ```
    pub const fn all_threads(mut self) -> Self {
        self.all_threads = true;
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
    /// On an overage, unless [`Budget::on_overage`] or `ALLOC_BUDGET` in the environment say
    /// otherwise; where no counting allocator is installed; and when `f` does.
    #[track_caller]
    pub fn enforce<T>(&self, f: impl FnOnce() -> T) -> T {
        let (value, overage) = self.run(f, Location::caller());
        if let Some(message) = overage.and_then(|overage| overage.act(self.on_overage)) {
            raise::raise(message);
        }
        value
    }

    #[track_caller]
    fn run<T>(&self, f: impl FnOnce() -> T, location: &'static Location<'static>) -> (T, Option<Overage>) {
        match settings::state() {
            State::Off => return (f(), None),
            State::NotInstalled => installed::refuse("an allocation budget"),
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
        Overage::new(name, || None, closed, location)
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
