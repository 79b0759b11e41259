//! Futures, polled by hand.

use std::future::{Future, poll_fn};
use std::mem::replace;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

/// Not ready at the first poll.
pub async fn pause() {
    let mut is_polled = false;
    let ready = |context: &mut Context<'_>| {
        context.waker().wake_by_ref();
        if replace(&mut is_polled, true) { Poll::Ready(()) } else { Poll::Pending }
    };
    poll_fn(ready).await;
}

/// Polls once.
pub fn poll<F: Future + ?Sized>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

/// Polls until the future is ready, and allocates nothing.
pub fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    for _ in 0..10_000 {
        if let Poll::Ready(value) = poll(future.as_mut()) {
            return value;
        }
    }
    panic!("never ready");
}

/// Awaits where the attribute can't see it.
#[macro_export]
macro_rules! awaits {
    ($future:expr) => {
        $future.await
    };
}
