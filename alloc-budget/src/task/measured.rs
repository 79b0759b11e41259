//! A future that is measured while it is polled, and owns what has been measured so far.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::budget::subject::Given;
use crate::limits::Limits;
use crate::scope::leave::Closed;
use crate::task::polled::Polled;
use crate::task::progress::Progress;
use crate::task::raise::raise_for;

/// Measures a future while it is polled. When it is ready, `finish` has its value and, where
/// anything counts, what was measured. It gives a value, and the message of a panic for a budget.
pub(crate) struct Measured<V, const LIMITED: u8> {
    limits: Limits,
    progress: Progress,
    /// Until the future is ready.
    finish: Option<V>,
}

/// The future, measured while it is polled.
pub(crate) fn measured<const LIMITED: u8, F, V, T>(
    future: F,
    limits: Limits,
    progress: Progress,
    finish: V,
) -> Polled<F, Measured<V, LIMITED>>
where
    F: Future,
    V: FnOnce(F::Output, Option<Closed>) -> (T, Option<(Given, String)>),
{
    Polled::new(future, Measured { limits, progress, finish: Some(finish) })
}

impl<F, V, T, const LIMITED: u8> Future for Polled<F, Measured<V, LIMITED>>
where
    F: Future,
    V: FnOnce(F::Output, Option<Closed>) -> (T, Option<(Given, String)>),
{
    type Output = T;

    // A panic has the place of the `.await`.
    #[track_caller]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        let (future, Measured { limits, progress, finish }) = self.parts();
        let value = std::task::ready!(progress.run::<LIMITED, _>(limits, || future.poll(context)));
        let closed = std::mem::replace(progress, Progress::Uncounted).close::<LIMITED>(limits);
        let finish = finish.take().expect("a future is not polled after it was ready");
        let (value, message) = finish(value, closed);
        match message {
            Some((given, message)) => raise_for(&given, message),
            None => Poll::Ready(value),
        }
    }
}
