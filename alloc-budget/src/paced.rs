//! A scope around a body that awaits: it is there while the body runs, and not while it waits.

use std::cell::UnsafeCell;
use std::future::{Future, IntoFuture};
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::all_threads::AllThreads;
use crate::limits::Limits;
use crate::running::Running;
use crate::scope::{Closed, Scope};
use crate::site::Site;

/// The local in front of a body that awaits. Dropped where the body ends, it judges; dropped while the body waits, it
/// does not.
pub struct PacedGuard<const LIMITED: u8> {
    site: &'static Site,
    limits: Limits,
    progress: UnsafeCell<Progress>,
}

enum Progress {
    /// Nothing counts.
    Uncounted,
    /// The scope is there while the body runs.
    Pieces(Running, Option<Scope>),
    /// One scope from the beginning to the end, and whether the body runs.
    AllThreads(AllThreads, bool),
    /// There was a scope, which others have ended, or which is on another thread; and whether the body runs.
    Lost(bool),
}

// SAFETY: `progress` is used by the guard's destructor, and by `Paced::poll`. The expansion gives the guard to nothing but
// the `Paced` futures that the body itself awaits, so all of these happen in polls of the one future that the body
// belongs to, one after the other.
unsafe impl<const LIMITED: u8> Sync for PacedGuard<LIMITED> {}

impl<const LIMITED: u8> UnwindSafe for PacedGuard<LIMITED> {}
impl<const LIMITED: u8> RefUnwindSafe for PacedGuard<LIMITED> {}

impl<const LIMITED: u8> PacedGuard<LIMITED> {
    #[must_use]
    pub fn enter(site: &'static Site, limits: Limits) -> Self {
        Self::counted(site, limits, || {
            let mut running = Running::NONE;
            let scope = running.resume::<LIMITED>(&limits);
            Progress::Pieces(running, Some(scope))
        })
    }

    /// As [`PacedGuard::enter`], measured on all threads.
    #[must_use]
    pub fn enter_all_threads(site: &'static Site, limits: Limits) -> Self {
        Self::counted(site, limits, || Progress::AllThreads(AllThreads::enter(&limits, LIMITED), true))
    }

    /// As [`PacedGuard::enter`], where the first `warmup` passes on a thread are not judged.
    #[must_use]
    pub fn enter_warm(site: &'static Site, limits: Limits, warmup: u64) -> Self {
        Self::enter(site, limits.after(site.is_warm(warmup)))
    }

    /// As [`PacedGuard::enter_warm`], measured on all threads.
    #[must_use]
    pub fn enter_all_threads_warm(site: &'static Site, limits: Limits, warmup: u64) -> Self {
        Self::enter_all_threads(site, limits.after(site.is_warm(warmup)))
    }

    fn counted(site: &'static Site, limits: Limits, enter: impl FnOnce() -> Progress) -> Self {
        let progress = if site.is_counting() { enter() } else { Progress::Uncounted };
        Self { site, limits, progress: UnsafeCell::new(progress) }
    }

    /// The body goes on.
    fn resume(&self) {
        // SAFETY: see `Sync`; nothing below comes back here.
        match unsafe { &mut *self.progress.get() } {
            Progress::Uncounted => {}
            Progress::Pieces(running, scope) => {
                scope.get_or_insert_with(|| running.resume::<LIMITED>(&self.limits));
            }
            Progress::AllThreads(_, is_running) | Progress::Lost(is_running) => *is_running = true,
        }
    }

    /// The body waits.
    fn suspend(&self) {
        // SAFETY: as above.
        let progress = unsafe { &mut *self.progress.get() };
        match progress {
            Progress::Uncounted => {}
            Progress::Pieces(running, scope) => {
                if scope.take().is_some_and(|scope| !running.suspend(scope)) {
                    *progress = Progress::Lost(false);
                }
            }
            Progress::AllThreads(_, is_running) | Progress::Lost(is_running) => *is_running = false,
        }
    }

    /// What was measured when the body has come to its end; nothing where the end has come to it.
    fn close(&mut self) -> Option<Closed> {
        match std::mem::replace(self.progress.get_mut(), Progress::Uncounted) {
            Progress::Pieces(mut running, Some(scope)) => {
                if running.suspend(scope) {
                    return Some(running.close::<LIMITED>(&self.limits));
                }
                self.site.lost();
            }
            Progress::AllThreads(scope, true) => return Some(scope.close(&self.limits, LIMITED)),
            Progress::Lost(true) => self.site.lost(),
            Progress::Uncounted
            | Progress::Pieces(_, None)
            | Progress::AllThreads(_, false)
            | Progress::Lost(false) => {}
        }
        None
    }
}

impl<const LIMITED: u8> Drop for PacedGuard<LIMITED> {
    fn drop(&mut self) {
        if let Some(closed) = self.close() {
            self.site.finish(closed);
        }
    }
}

/// Gives each future that a body awaits to the body's guard. What is no future has the method too, so that the error
/// says what it is not.
pub trait Pace: Sized {
    #[doc(hidden)]
    fn __alloc_budget_pace<const LIMITED: u8>(
        self,
        guard: &PacedGuard<LIMITED>,
    ) -> Paced<'_, Self::IntoFuture, LIMITED>
    where
        Self: IntoFuture,
    {
        Paced { future: self.into_future(), guard }
    }
}

impl<T> Pace for T {}

pub struct Paced<'a, F, const LIMITED: u8> {
    future: F,
    guard: &'a PacedGuard<LIMITED>,
}

impl<F: Future, const LIMITED: u8> Future for Paced<'_, F, LIMITED> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        // SAFETY: `future` is pinned with `self`: it is not moved out below, and there is no destructor that could. The
        // guard is never pinned.
        let Self { future, guard } = unsafe { self.get_unchecked_mut() };
        // SAFETY: as above.
        let future = unsafe { Pin::new_unchecked(future) };
        guard.resume();
        let polled = future.poll(context);
        if polled.is_pending() {
            guard.suspend();
        }
        polled
    }
}
