//! A future of this crate's around one of the user's.

use std::pin::Pin;

/// A future, and what this crate does around its polls: each kind of `around` has its own
/// `impl Future`.
pub struct Polled<F, A> {
    future: F,
    around: A,
}

impl<F, A> Polled<F, A> {
    pub(crate) fn new(future: F, around: A) -> Self {
        Self { future, around }
    }

    #[inline(always)]
    pub(crate) fn parts(self: Pin<&mut Self>) -> (Pin<&mut F>, &mut A) {
        // SAFETY: `future` is pinned with `self`: it is private, nothing here moves it, and there
        // is no destructor that could. `around` is never pinned.
        unsafe {
            let Self { future, around } = self.get_unchecked_mut();
            (Pin::new_unchecked(future), around)
        }
    }
}
