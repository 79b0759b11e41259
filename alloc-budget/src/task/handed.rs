//! A future that is polled for the scope of a handle.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::task::polled::Polled;
use crate::threads::handle::Handle;

impl Handle {
    /// Has a future polled for the handle's scope, on whichever thread.
    ///
    /// ```
    /// use alloc_budget::{Handle, measure_future};
    ///
    /// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    /// # runtime.block_on(async {
    /// let (letters, m) = measure_future(async {
    ///     let task = async { String::from("on some thread").len() };
    ///     tokio::spawn(Handle::current().instrument(task)).await.unwrap()
    /// })
    /// .await;
    ///
    /// assert_eq!(letters, 14);
    /// assert!(m.bytes_allocated >= 14); // the string, and tokio's task
    /// # });
    /// ```
    ///
    /// Each poll is a piece of the scope's work. If you drop the future before it is ready, the
    /// drop counts where you drop it.
    ///
    /// # Panics
    /// The returned future panics if `future` does.
    pub fn instrument<F: Future>(self, future: F) -> impl Future<Output = F::Output> {
        Polled::new(future, self)
    }
}

impl<F: Future> Future for Polled<F, Handle> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let (future, handle) = self.parts();
        handle.run(|| future.poll(context))
    }
}
