//! `Budget`: limits for a closure.

use std::panic::Location;

use crate::budget::action::act;
use crate::budget::environment::{self, OnOverage};
use crate::budget::installed;
use crate::budget::ledger;
use crate::budget::overage::Overage;
use crate::budget::raise;
use crate::budget::settings;
use crate::budget::subject::{Given, Subject};
use crate::budget::unfinished::Unfinished;
use crate::count::limit::Limit;
use crate::limits::{Exemptible, Limits, MaxExempt};
use crate::record::{self, Described, Ending};
use crate::scope::enter::Scope;
use crate::scope::leave::{Closed, Entered};
use crate::scope::mode::{self, State};
use crate::threads::all_threads;

/// An allocation budget for a closure or a future, with limits that you may choose at run time.
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
/// [`WithBudget`](crate::WithBudget) gives one to a future. Unlike the attribute, a `Budget` is
/// enforced in every build.
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
/// The attribute judges each call. [`budget!`](macro@crate::budget) around a loop judges all of its
/// rounds together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub struct Budget {
    limits: Limits,
    max_exempt: MaxExempt,
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
        Self {
            limits: Limits::NONE,
            max_exempt: MaxExempt::ANY,
            name: None,
            on_overage: OnOverage::Panic,
            all_threads: false,
        }
    }

    /// Limits allocations, reallocations included. Unit: blocks.
    pub const fn max(mut self, allocations: u64) -> Self {
        self.limits.max = allocations;
        self
    }

    /// Limits the bytes allocated, summed.
    ///
    /// An allocation that the system refuses counts nowhere, and usually ends the process. If it
    /// would have taken the scope past its limit, a report with its call site goes to standard
    /// error at the request: once for each scope, and without a verdict, because `try_reserve` goes
    /// on. The limits of peak, retained and block bytes do the same.
    pub const fn max_bytes(mut self, bytes: u64) -> Self {
        self.limits.max_bytes = bytes;
        self
    }

    /// Limits the peak: the highest number of live bytes at any moment, above those at the entry.
    pub const fn max_peak_bytes(mut self, bytes: u64) -> Self {
        self.limits.max_peak_bytes = bytes;
        self
    }

    /// Limits the live bytes left at the exit, less those at the entry. With 0, as much is left as
    /// was there before.
    ///
    /// It is a net sum: what the function frees of what was there before makes room for as much
    /// that it leaks. It costs next to nothing. [`Budget::max_surviving_bytes`] asks of each block
    /// where it comes from.
    pub const fn max_retained_bytes(mut self, bytes: u64) -> Self {
        self.limits.max_retained_bytes = bytes;
        self
    }

    /// Limits reallocations. With 0, every capacity was right from the start. Unit: blocks.
    pub const fn max_reallocs(mut self, reallocations: u64) -> Self {
        self.limits.max_reallocs = reallocations;
        self
    }

    /// Limits deallocations. With 0, and `max(0)`, nothing calls the allocator. Unit: blocks.
    pub const fn max_deallocs(mut self, deallocations: u64) -> Self {
        self.limits.max_deallocs = deallocations;
        self
    }

    /// Limits the largest single block that is asked for, the new size of a reallocation included:
    /// a length prefix that is believed, one gigabyte for one request.
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
    /// It costs nothing until all blocks together are above the limit. From then on, each
    /// allocation in the scope is compared with it.
    pub const fn max_block_bytes(mut self, bytes: u64) -> Self {
        self.limits.max_block_bytes = bytes;
        self
    }

    /// Limits the bytes at the exit in blocks that were allocated in the scope and are still live.
    /// With 0 nothing leaks and nothing escapes, whatever was freed that was there before.
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
    /// - A reallocation makes a new block of the new size, as everywhere: a buffer from outside
    ///   that grows is one that survives.
    /// - A block that is freed in [`exempt`](crate::exempt), or by a thread that has no
    ///   [`Handle`](crate::Handle) of the scope, is one that nobody has seen go.
    /// - It is a limit for tests: to know each block again, its allocation captures a stack and its
    ///   deallocation looks it up, which takes microseconds.
    /// - Beside threads that work for the scope, what was measured is never less than the truth. It
    ///   may be more if they free each other thousands of blocks.
    pub const fn max_surviving_bytes(mut self, bytes: u64) -> Self {
        self.limits.max_surviving_bytes = bytes;
        self
    }

    /// Limits the allocations that [`exempt`](crate::exempt) leaves out, in whatever is called.
    /// With 0, nothing is hidden from this budget. Unit: blocks, reallocations included.
    ///
    /// ```should_panic
    /// use alloc_budget::{Budget, exempt};
    ///
    /// Budget::new().max(0).max_exempt(0).enforce(|| {
    ///     exempt(|| println!("{}", String::from("on the side"))); // Panics: 1 of 0 was exempted.
    /// });
    /// ```
    ///
    /// The report says how many there were, without their call sites.
    /// [`Overage::exceeded_max_exempt`] has the limit as data.
    ///
    /// # Panics
    /// If the budget is one of all threads: it does not know what was exempted. In a constant, that
    /// is a compile error.
    #[track_caller]
    pub const fn max_exempt(mut self, allocations: u64) -> Self {
        self.max_exempt = MaxExempt(allocations);
        self.can_limit_exempt()
    }

    /// Sets the label in reports. By default it is the place where the budget is checked.
    pub const fn name(mut self, name: &'static str) -> Self {
        self.name = Some(name);
        self
    }

    /// Sets what [`Budget::enforce`] and [`Budget::instrument`] do about an overage. By default
    /// they panic.
    pub const fn on_overage(mut self, on_overage: OnOverage) -> Self {
        self.on_overage = on_overage;
        self
    }

    /// Counts what every thread of the process does while the scope is open, threads that come and
    /// go included.
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
    /// Use it for a program, or for a test that is alone in its process. To count threads that work
    /// for your scope, use a [`Handle`](crate::Handle). [The chapter on
    /// threads](crate::manual::threads#all-threads-of-the-process) has the rules.
    ///
    /// With [`max_peak_bytes`](Budget::max_peak_bytes), the peak is that of all threads together,
    /// and exact. This limit is not cheap: while such a budget is open, every event of every thread
    /// writes to one number, for which threads on several cores wait.
    ///
    /// # Panics
    /// Beside [`max_exempt`](Budget::max_exempt): nobody knows what all threads exempted. In a
    /// constant, that is a compile error.
    #[track_caller]
    pub const fn all_threads(mut self) -> Self {
        self.all_threads = true;
        self.can_limit_exempt()
    }

    #[track_caller]
    const fn can_limit_exempt(self) -> Self {
        assert!(
            !self.all_threads || self.max_exempt.0 == u64::MAX,
            "a budget of all threads does not know what is exempted, so it can't have `max_exempt`"
        );
        self
    }

    /// Runs `f`, and compares what it allocated on this thread with the limits.
    ///
    /// ```
    /// use alloc_budget::Budget;
    ///
    /// let overage = Budget::new().max(0).check(|| vec![1, 2, 3]).unwrap_err();
    /// assert_eq!(overage.measurement().bytes_allocated, 12);
    /// ```
    ///
    /// With `ALLOC_BUDGET=off` in the environment, the result is always `Ok`.
    ///
    /// # Errors
    /// The overage, if a limit was passed. The value of `f` is dropped then.
    ///
    /// # Panics
    /// If no counting allocator is installed (see [`is_installed`](crate::is_installed)), or if `f`
    /// panics.
    #[track_caller]
    pub fn check<T>(&self, f: impl FnOnce() -> T) -> Result<T, Overage> {
        let given = self.given(Location::caller());
        let (value, closed) = self.run(f, &given);
        match closed.and_then(|closed| Overage::new(&given, closed)) {
            Some(overage) => Err(overage),
            None => Ok(value),
        }
    }

    /// Runs `f`, and panics with the report if a limit was passed. The panic's location is the
    /// caller.
    ///
    /// ```should_panic
    /// use alloc_budget::Budget;
    ///
    /// Budget::new().max(0).enforce(|| String::from("allocated"));
    /// ```
    ///
    /// # Panics
    /// - On an overage, unless [`Budget::on_overage`] or `ALLOC_BUDGET` in the environment says
    ///   otherwise.
    /// - If no counting allocator is installed (see [`is_installed`](crate::is_installed)).
    /// - If `f` panics.
    #[track_caller]
    pub fn enforce<T>(&self, f: impl FnOnce() -> T) -> T {
        let given = self.given(Location::caller());
        let (value, closed) = self.run(f, &given);
        if let Some(message) = closed.and_then(|closed| act(&given, closed, self.on_overage)) {
            raise::raise(message);
        }
        value
    }

    /// The value of `f`, and the scope where it has passed a limit.
    #[track_caller]
    fn run<T>(&self, f: impl FnOnce() -> T, given: &Given) -> (T, Option<Closed>) {
        if !self.begins(given) {
            return (f(), None);
        }
        let unfinished = Unfinished::new(*given);
        let (value, closed) = if self.all_threads {
            let (value, closed) = all_threads::run(&self.limits, Limit::ANY, f);
            (value, Some(closed))
        } else {
            let scope = Entered(Scope::enter_tracing::<{ Limit::ANY }>(&self.limits));
            (f(), scope.0.leave::<{ Limit::ANY }>())
        };
        unfinished.finish();
        (value, closed.and_then(|closed| judged(given, closed, self.max_exempt)))
    }

    /// Whether a budget is looked at that begins here: noted where somebody asks for it at the end,
    /// and refused where nothing counts.
    #[track_caller]
    pub(crate) fn begins(&self, given: &Given) -> bool {
        let state = settings::state();
        if mode::is_recorded() {
            let (is_of_all_threads, on_overage) = (self.all_threads, self.on_overage.name());
            let budget = Described { is_of_all_threads, on_overage, ..given.described() };
            if state.is_counting() { record::began(&budget) } else { record::unchecked(&budget) }
        }
        if state == State::NotInstalled {
            refuse(given);
        }
        if mode::is_watched() {
            ledger::note(given, |entry| entry.calls += 1);
        }
        state.is_counting()
    }

    pub(crate) fn given(&self, location: &'static Location<'static>) -> Given {
        Given { label: self.name, location }
    }

    pub(crate) fn limits(&self) -> Limits {
        self.limits
    }

    pub(crate) fn exemptible(&self) -> MaxExempt {
        self.max_exempt
    }

    pub(crate) fn is_of_all_threads(&self) -> bool {
        self.all_threads
    }

    pub(crate) fn action(&self) -> OnOverage {
        self.on_overage
    }
}

/// The scope where it has passed a limit.
pub(crate) fn judged(given: &dyn Subject, closed: Closed, max_exempt: MaxExempt) -> Option<Closed> {
    let mut closed = closed.exempting(max_exempt);
    if mode::is_recorded() {
        record::ended(&given.described(), &mut closed, Ending::Judged);
    }
    if mode::is_watched() {
        ledger::note(given, |entry| entry.judged += 1);
    }
    closed.overage()
}

/// Panics at the caller where nothing counts.
#[cold]
#[track_caller]
fn refuse(given: &dyn Subject) -> ! {
    if environment::is_strict() {
        ledger::note(given, |entry| entry.unchecked += 1);
    }
    installed::refuse("an allocation budget");
}
