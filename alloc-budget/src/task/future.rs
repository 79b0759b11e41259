//! Budgets for futures.

use std::future::Future;
use std::panic::Location;

use crate::budget::enforce::Budget;
use crate::budget::overage::Overage;
use crate::budget::{installed, settings};
use crate::count::limit::Limit;
use crate::count::measurement::Measurement;
use crate::limits::Limits;
use crate::scope::leave::Closed;
use crate::scope::mode::State;
use crate::task::measured::measured;
use crate::task::progress::Progress;

/// Awaits `future`, and returns what it did beside its value: whatever it allocated while it was
/// polled, on whichever threads, and nothing else that these threads did meanwhile.
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
    let finish = |value, closed: Option<Closed>| {
        let measured = (value, closed.map(Closed::measured).unwrap_or_default());
        (measured, None)
    };
    measured::<0, _, _, _>(future, Limits::NONE, Progress::new(true, false), finish)
}

impl Budget {
    /// The future with this budget: when it is ready, what it allocated while it was polled is
    /// compared with the limits, as [`Budget::enforce`] does. Dropped before that, it gets no
    /// verdict. The same as [`WithBudget::with_budget`].
    ///
    /// A panic's location is the `.await`. Where an executor polls the future itself, as behind
    /// `spawn`, it is in this crate; the report has the place of this call for a name, unless it
    /// was named.
    ///
    /// # Panics
    /// At the call, where no counting allocator is installed. The future panics on an overage,
    /// unless [`Budget::on_overage`] or `ALLOC_BUDGET` in the environment say otherwise.
    #[track_caller]
    pub fn instrument<F: Future>(self, future: F) -> impl Future<Output = F::Output> {
        self.checked(future, move |value, overage| {
            (value, overage.and_then(|overage| overage.act(self.action())))
        })
    }

    /// The future with this budget: its result is the overage, where a limit was passed.
    ///
    /// # Panics
    /// At the call, where no counting allocator is installed. And when the future does.
    #[track_caller]
    pub fn check_future<F: Future>(self, future: F) -> impl Future<Output = Result<F::Output, Overage>> {
        self.checked(future, |value, overage| match overage {
            Some(overage) => (Err(overage), None),
            None => (Ok(value), None),
        })
    }

    #[track_caller]
    fn checked<F: Future, T>(
        self,
        future: F,
        finish: impl FnOnce(F::Output, Option<Overage>) -> (T, Option<String>),
    ) -> impl Future<Output = T> {
        let location = Location::caller();
        let state = settings::state();
        if state == State::NotInstalled {
            installed::refuse("an allocation budget");
        }
        let progress = Progress::new(state.is_counting(), self.is_of_all_threads());
        measured::<{ Limit::ANY }, _, _, _>(future, self.limits(), progress, move |value, closed| {
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
