//! A scope around a body that awaits: it is there while the body runs, and not while it waits.

use std::cell::{Cell, UnsafeCell};
use std::future::{Future, IntoFuture};
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use crate::budget::subject::Subject;
use crate::limits::{Exemptible, Limits};
use crate::record;
use crate::scope::leave::Closed;
use crate::site::function::Site;
use crate::site::guard::Entry;
use crate::site::outcome::concluded;
use crate::task::polled::Polled;
use crate::task::progress::Progress;

/// The local in front of a body that awaits. Dropped where the body ends, it judges; dropped while
/// the body waits, it does not.
pub struct PausingGuard<const LIMITED: u8, E: Exemptible> {
    site: &'static Site,
    limits: Limits,
    max_exempt: E,
    progress: UnsafeCell<Progress>,
    /// Whether the body runs.
    is_running: Cell<bool>,
    /// Whether somebody uses the two above. A macro around an `.await` may have it polled on
    /// another thread.
    is_in_use: AtomicBool,
}

// SAFETY: through a shared reference, `progress` and `is_running` are reached in
// `PausingGuard::set_running` only, by one thread at a time; and what they hold may be sent to
// another one.
unsafe impl<const LIMITED: u8, E: Exemptible + Sync> Sync for PausingGuard<LIMITED, E> {}

impl<const LIMITED: u8, E: Exemptible> UnwindSafe for PausingGuard<LIMITED, E> {}
impl<const LIMITED: u8, E: Exemptible> RefUnwindSafe for PausingGuard<LIMITED, E> {}

impl<const LIMITED: u8, E: Exemptible> PausingGuard<LIMITED, E> {
    #[must_use]
    pub fn enter(Entry { site, limits, max_exempt, is_of_all_threads }: Entry<E>) -> Self {
        let mut progress = Progress::new(site.is_counting(is_of_all_threads), is_of_all_threads);
        progress.resume::<LIMITED>(&limits);
        Self {
            site,
            limits,
            max_exempt,
            progress: UnsafeCell::new(progress),
            is_running: Cell::new(true),
            is_in_use: AtomicBool::new(false),
        }
    }

    /// Goes on with the future that the body returns: both are judged together, when it is ready.
    pub fn future<F: Future>(
        mut self,
        future: F,
        is_skipped: impl FnOnce(&F::Output) -> bool,
    ) -> impl Future<Output = F::Output> {
        let mut progress = std::mem::replace(self.progress.get_mut(), Progress::Uncounted);
        progress.suspend();
        if progress.is_lost() {
            self.site.lost();
        }
        concluded::<LIMITED, _>(self.site, self.limits, self.max_exempt, progress, future, is_skipped)
    }

    /// Where the body did not run, or did, `change`s what is to be changed when it does from now
    /// on, or does not.
    fn set_running(&self, is_running: bool, change: impl FnOnce(&mut Progress)) {
        while self.is_in_use.swap(true, Ordering::Acquire) {
            std::hint::spin_loop();
        }
        if self.is_running.replace(is_running) != is_running {
            // SAFETY: `is_in_use` lets one caller at a time in here, and `change` does not come
            // back: all that it calls is the crate's own.
            change(unsafe { &mut *self.progress.get() });
        }
        self.is_in_use.store(false, Ordering::Release);
    }

    /// What was measured when the body has come to its end; nothing where the end has come to it.
    fn close(&mut self) -> Option<Closed> {
        if !self.is_running.get() {
            if self.site.is_recorded() && !matches!(self.progress.get_mut(), Progress::Uncounted) {
                record::unwound(&self.site.described());
            }
            return None;
        }
        let mut progress = std::mem::replace(self.progress.get_mut(), Progress::Uncounted);
        progress.suspend();
        if progress.is_lost() {
            self.site.lost();
            return None;
        }
        progress.close::<LIMITED>(&self.limits).map(|closed| closed.exempting(self.max_exempt))
    }
}

impl<const LIMITED: u8, E: Exemptible> Drop for PausingGuard<LIMITED, E> {
    fn drop(&mut self) {
        if let Some(closed) = self.close() {
            self.site.finish(closed);
        }
    }
}

/// Gives each future that a body awaits to the body's guard. What is no future has the method too,
/// so that the error says what it is not.
pub trait Pausing: Sized {
    #[doc(hidden)]
    fn __alloc_budget_pausing<const LIMITED: u8, E: Exemptible>(
        self,
        guard: &PausingGuard<LIMITED, E>,
    ) -> Polled<Self::IntoFuture, &PausingGuard<LIMITED, E>>
    where
        Self: IntoFuture,
    {
        Polled::new(self.into_future(), guard)
    }
}

impl<T> Pausing for T {}

impl<F: Future, const LIMITED: u8, E: Exemptible> Future for Polled<F, &PausingGuard<LIMITED, E>> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let (future, guard) = self.parts();
        guard.set_running(true, |progress| progress.resume::<LIMITED>(&guard.limits));
        let polled = future.poll(context);
        if polled.is_pending() {
            guard.set_running(false, Progress::suspend);
        }
        polled
    }
}
