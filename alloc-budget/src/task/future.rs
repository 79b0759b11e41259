//! Budgets for futures.

use std::future::Future;
use std::panic::Location;

use crate::budget::action::act;
use crate::budget::enforce::{Budget, judged};
use crate::budget::overage::Overage;
use crate::budget::settings;
use crate::budget::subject::Given;
use crate::budget::unfinished::Unfinished;
use crate::count::limit::Limit;
use crate::count::measurement::Measurement;
use crate::limits::Limits;
use crate::scope::leave::Closed;
use crate::task::measured::measured;
use crate::task::progress::Progress;

/// Awaits `future`, and returns its value and what it allocated.
///
/// The future is measured while it is polled, on whichever threads. What else these threads do
/// doesn't count.
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
/// At the call, if no counting allocator is installed (see [`is_installed`](crate::is_installed)).
/// The returned future panics if `future` does.
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
    /// Gives a future this budget, as [`WithBudget::with_budget`] does.
    ///
    /// The future is measured while it is polled, and judged when it is ready. If you drop it
    /// earlier, it gets no verdict. By default, the report is labelled with the place of this call.
    ///
    /// A panic's location is the `.await`. If an executor polls the future itself, as behind
    /// `spawn`, it is in this crate.
    ///
    /// # Panics
    /// At the call, if no counting allocator is installed (see
    /// [`is_installed`](crate::is_installed)). The returned future panics on an overage, unless
    /// [`Budget::on_overage`] or `ALLOC_BUDGET` in the environment says otherwise.
    #[track_caller]
    pub fn instrument<F: Future>(self, future: F) -> impl Future<Output = F::Output> {
        let given = self.given(Location::caller());
        self.checked(future, given, move |value, closed| {
            (value, closed.and_then(|closed| act(&given, closed, self.action())))
        })
    }

    /// Gives a future this budget. The result is `Err` with the overage if a limit was passed.
    ///
    /// ```
    /// use alloc_budget::Budget;
    ///
    /// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    /// # runtime.block_on(async {
    /// let budget = Budget::new().max_bytes(7);
    /// let overage = budget.check_future(async { Box::new(1_u64) }).await.unwrap_err();
    ///
    /// assert_eq!(overage.measurement().bytes_allocated, 8);
    /// # });
    /// ```
    ///
    /// # Panics
    /// At the call, if no counting allocator is installed (see
    /// [`is_installed`](crate::is_installed)). The returned future panics if `future` does.
    #[track_caller]
    pub fn check_future<F: Future>(self, future: F) -> impl Future<Output = Result<F::Output, Overage>> {
        let given = self.given(Location::caller());
        self.checked(future, given, move |value, closed| {
            match closed.and_then(|closed| Overage::new(&given, closed)) {
                Some(overage) => (Err(overage), None),
                None => (Ok(value), None),
            }
        })
    }

    #[track_caller]
    fn checked<F: Future, T>(
        self,
        future: F,
        given: Given,
        finish: impl FnOnce(F::Output, Option<Closed>) -> (T, Option<String>),
    ) -> impl Future<Output = T> {
        let progress = Progress::new(self.begins(&given), self.is_of_all_threads());
        let (max_exempt, unfinished) = (self.exemptible(), Unfinished::new(given));
        measured::<{ Limit::ANY }, _, _, _>(future, self.limits(), progress, move |value, closed| {
            let given = unfinished.finish();
            finish(value, closed.and_then(|closed| judged(&given, closed, max_exempt)))
        })
    }
}

/// Gives every future the method [`with_budget`](WithBudget::with_budget).
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
    /// Gives this future a budget. It is measured while it is polled, and judged when it is ready.
    ///
    /// [`Budget::instrument`] has the details.
    ///
    /// # Panics
    /// As [`Budget::instrument`] does.
    #[track_caller]
    fn with_budget(self, budget: Budget) -> impl Future<Output = Self::Output> {
        budget.instrument(self)
    }
}

impl<F: Future> WithBudget for F {}
