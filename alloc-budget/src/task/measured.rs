//! A future that is measured while it is polled, and owns what has been measured so far.

use std::future::Future;
use std::panic::Location;
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::budget::raise::raise;
use crate::limits::Limits;
use crate::scope::exempt::quietly;
use crate::scope::leave::Closed;
use crate::task::polled::Polled;
use crate::task::progress::Progress;
use crate::trace::paths;

/// Measures a future while it is polled. When it is ready, `finish` has its value and, where
/// anything counts, what was measured, and whether a part of it is lost. It gives a value, and the
/// message of a panic.
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
    V: FnOnce(F::Output, Option<Closed>, bool) -> (T, Option<String>),
{
    Polled::new(future, Measured { limits, progress, finish: Some(finish) })
}

impl<F, V, T, const LIMITED: u8> Future for Polled<F, Measured<V, LIMITED>>
where
    F: Future,
    V: FnOnce(F::Output, Option<Closed>, bool) -> (T, Option<String>),
{
    type Output = T;

    // A panic has the place of the `.await`.
    #[track_caller]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        let (future, Measured { limits, progress, finish }) = self.parts();
        let value = std::task::ready!(progress.run::<LIMITED, _>(limits, || future.poll(context)));
        let is_lost = progress.is_lost();
        let closed = std::mem::replace(progress, Progress::Uncounted).close::<LIMITED>(limits);
        let finish = finish.take().expect("a future is not polled after it was ready");
        let (value, message) = finish(value, closed, is_lost);
        match message {
            Some(message) if is_users(Location::caller()) => raise(message),
            Some(message) => raise_here(message),
            None => Poll::Ready(value),
        }
    }
}

fn is_users(place: &Location<'_>) -> bool {
    quietly(|| paths::is_users(place.file()))
}

/// Where an executor polls, its line says less than ours.
fn raise_here(message: String) -> ! {
    raise(message)
}
