//! Budgets across await points.
//!
//! A future owns its running totals. Every poll opens a scope on the thread that happens to poll and adds what it
//! measured; the verdict falls when the future is ready.

use std::future::Future;
use std::panic::Location;
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::all_threads::{AllThreads, Resumed};
use crate::budget::{Budget, Limit, Measurement};
use crate::exempt;
use crate::limits::Limits;
use crate::overage::Overage;
use crate::running::Running;
use crate::scope::Closed;
use crate::settings::{self, State};

/// A future that is measured while it is polled. When it is ready, `finish` has its value and, where anything counts, what
/// was measured.
pub(crate) struct Measured<F, V, const LIMITED: u8> {
    future: F,
    state: State,
    limits: Limits,
    totals: Totals,
    /// Until the future is ready.
    finish: Option<V>,
}

/// What has been measured so far.
pub(crate) enum Totals {
    Polls(Running),
    /// From the first poll on.
    AllThreads(Option<AllThreads>),
}

impl Totals {
    pub(crate) const OF_ITSELF: Self = Self::Polls(Running::NONE);
    pub(crate) const OF_ALL_THREADS: Self = Self::AllThreads(None);

    fn add<const LIMITED: u8, T>(&mut self, limits: &Limits, poll: impl FnOnce() -> T) -> T {
        match self {
            Self::Polls(running) => running.add::<LIMITED, _>(limits, poll),
            Self::AllThreads(scope) => {
                let mut resumed = Resumed::enter();
                let scope = scope.get_or_insert_with(|| AllThreads::enter(limits, LIMITED));
                let value = poll();
                scope.keep(&mut resumed);
                value
            }
        }
    }

    fn close<const LIMITED: u8>(self, limits: &Limits) -> Option<Closed> {
        match self {
            Self::Polls(running) => Some(running.close::<LIMITED>(limits)),
            Self::AllThreads(scope) => Some(scope?.close(limits, LIMITED)),
        }
    }
}

impl<F, V, T, const LIMITED: u8> Measured<F, V, LIMITED>
where
    F: Future,
    V: FnOnce(F::Output, Option<Closed>) -> T,
{
    pub(crate) fn new(future: F, limits: Limits, totals: Totals, state: State, finish: V) -> Self {
        Self { future, state, limits, totals, finish: Some(finish) }
    }
}

impl<F, V, T, const LIMITED: u8> Future for Measured<F, V, LIMITED>
where
    F: Future,
    V: FnOnce(F::Output, Option<Closed>) -> T,
{
    type Output = T;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        // SAFETY: `future` is pinned with `self`: it is not moved out below, and there is no destructor that could.
        // The other fields are never pinned.
        let Self { future, state, limits, totals, finish } = unsafe { self.get_unchecked_mut() };
        // SAFETY: as above.
        let future = unsafe { Pin::new_unchecked(future) };
        let value = if state.is_counting() {
            std::task::ready!(totals.add::<LIMITED, _>(limits, || future.poll(context)))
        } else {
            std::task::ready!(future.poll(context))
        };
        let totals = std::mem::replace(totals, Totals::OF_ITSELF);
        let closed = if state.is_counting() { totals.close::<LIMITED>(limits) } else { None };
        let finish = finish.take().expect("a future is not polled after it was ready");
        Poll::Ready(finish(value, closed))
    }
}

/// Awaits `future`, and returns what it did beside its value: whatever it allocated while it was polled, on
/// whichever threads, and nothing else that these threads did meanwhile.
///
/// ```
/// # fn block_on<F: Future>(future: F) -> F::Output {
/// #     let mut future = std::pin::pin!(future);
/// #     loop {
/// #         let mut context = std::task::Context::from_waker(std::task::Waker::noop());
/// #         if let std::task::Poll::Ready(value) = future.as_mut().poll(&mut context) {
/// #             return value;
/// #         }
/// #     }
/// # }
/// # block_on(async {
/// let (boxed, m) = alloc_budget::measure_future(async { Box::new(1_u64) }).await;
///
/// assert_eq!((*boxed, m.allocations, m.retained_bytes), (1, 1, 8));
/// # });
/// ```
///
/// # Panics
/// At the call, where no counting allocator is installed. And when the future does.
#[track_caller]
pub fn measure_future<F: Future>(future: F) -> impl Future<Output = (F::Output, Measurement)> {
    settings::require("what a future allocates");
    let finish = |value, closed: Option<Closed>| (value, closed.map(Closed::measured).unwrap_or_default());
    Measured::<_, _, 0>::new(future, Limits::NONE, Totals::OF_ITSELF, State::CountOnly, finish)
}

impl Budget {
    /// The future with this budget: when it is ready, what it allocated while it was polled is compared with the
    /// limits, as [`Budget::enforce`] does. Dropped before that, it gets no verdict. The same as
    /// [`WithBudget::with_budget`].
    ///
    /// A panic's location is in this crate; the report has the place of this call for a name, unless it was named.
    ///
    /// # Panics
    /// At the call, where no counting allocator is installed. The future panics on an overage, unless
    /// [`Budget::on_overage`] or `ALLOC_BUDGET` in the environment say otherwise.
    #[track_caller]
    pub fn instrument<F: Future>(self, future: F) -> impl Future<Output = F::Output> {
        self.checked(future, move |value, overage| {
            if let Some(message) = overage.and_then(|overage| overage.act(self.action())) {
                exempt::raise(message);
            }
            value
        })
    }

    /// The future with this budget: its result is the overage, where a limit was passed.
    ///
    /// # Panics
    /// At the call, where no counting allocator is installed. And when the future does.
    #[track_caller]
    pub fn check_future<F: Future>(self, future: F) -> impl Future<Output = Result<F::Output, Overage>> {
        self.checked(future, |value, overage| match overage {
            Some(overage) => Err(overage),
            None => Ok(value),
        })
    }

    #[track_caller]
    fn checked<F: Future, T>(
        self,
        future: F,
        finish: impl FnOnce(F::Output, Option<Overage>) -> T,
    ) -> impl Future<Output = T> {
        let location = Location::caller();
        let state = settings::state();
        if state == State::NotInstalled {
            settings::refuse("an allocation budget");
        }
        let totals = if self.is_of_all_threads() { Totals::OF_ALL_THREADS } else { Totals::OF_ITSELF };
        Measured::<_, _, { Limit::ANY }>::new(future, self.limits(), totals, state, move |value, closed| {
            let overage = closed.and_then(Closed::overage);
            finish(value, overage.and_then(|closed| self.overage(closed, location)))
        })
    }
}

/// Budgets for futures, as a method of theirs.
///
/// ```
/// use alloc_budget::{Budget, WithBudget};
///
/// async fn refill(buffer: &mut Vec<u8>) {
///     buffer.clear();
///     buffer.extend_from_slice(b"bytes");
/// }
///
/// async fn serve(buffer: &mut Vec<u8>) {
///     refill(buffer).with_budget(Budget::new().max(0)).await;
/// }
/// # let mut buffer = Vec::with_capacity(8);
/// # let mut future = std::pin::pin!(serve(&mut buffer));
/// # let mut context = std::task::Context::from_waker(std::task::Waker::noop());
/// # assert!(future.as_mut().poll(&mut context).is_ready());
/// ```
pub trait WithBudget: Future + Sized {
    /// See [`Budget::instrument`].
    #[track_caller]
    fn with_budget(self, budget: Budget) -> impl Future<Output = Self::Output> {
        budget.instrument(self)
    }
}

impl<F: Future> WithBudget for F {}
