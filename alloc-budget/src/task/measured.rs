//! A future that is measured while it is polled, and owns what has been measured so far.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::limits::Limits;
use crate::scope::leave::Closed;
use crate::scope::mode::State;
use crate::task::running::Running;
use crate::threads::all_threads::{AllThreads, Resumed};

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
