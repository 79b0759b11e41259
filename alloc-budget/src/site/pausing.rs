//! A scope around a body that awaits: it is there while the body runs, and not while it waits.

use std::cell::{Cell, UnsafeCell};
use std::future::{Future, IntoFuture};
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use crate::limits::Limits;
use crate::scope::enter::Scope;
use crate::scope::leave::Closed;
use crate::site::function::Site;
use crate::site::guard::Entry;
use crate::task::running::Running;
use crate::threads::all_threads::{AllThreads, Resumed};

/// The local in front of a body that awaits. Dropped where the body ends, it judges; dropped while the body waits, it
/// does not.
pub struct PausingGuard<const LIMITED: u8> {
    site: &'static Site,
    limits: Limits,
    progress: UnsafeCell<Progress>,
    /// Whether the body runs.
    is_running: Cell<bool>,
    /// Whether somebody uses the two above. A macro around an `.await` may have it polled on another thread.
    is_in_use: AtomicBool,
}

enum Progress {
    /// Nothing counts.
    Uncounted,
    /// The scope is there while the body runs.
    Pieces(Running, Scope),
    /// One scope from the beginning to the end.
    AllThreads(AllThreads, Resumed),
    /// There was a scope, which others have ended, or which is on another thread.
    Lost,
}

// SAFETY: through a shared reference, `progress` and `is_running` are reached in `PausingGuard::set_running` only, by one
// thread at a time; and what they hold may be sent to another one.
unsafe impl<const LIMITED: u8> Sync for PausingGuard<LIMITED> {}

impl<const LIMITED: u8> UnwindSafe for PausingGuard<LIMITED> {}
impl<const LIMITED: u8> RefUnwindSafe for PausingGuard<LIMITED> {}

impl<const LIMITED: u8> PausingGuard<LIMITED> {
    #[must_use]
    pub fn enter(Entry { site, limits, is_of_all_threads }: Entry) -> Self {
        Self::counted(site, limits, || {
            if is_of_all_threads {
                let resumed = Resumed::enter();
                return Progress::AllThreads(AllThreads::enter(&limits, LIMITED), resumed);
            }
            let mut running = Running::NONE;
            let scope = running.resume::<LIMITED>(&limits);
            Progress::Pieces(running, scope)
        })
    }

    fn counted(site: &'static Site, limits: Limits, enter: impl FnOnce() -> Progress) -> Self {
        let progress = if site.is_counting() { enter() } else { Progress::Uncounted };
        Self {
            site,
            limits,
            progress: UnsafeCell::new(progress),
            is_running: Cell::new(true),
            is_in_use: AtomicBool::new(false),
        }
    }

    /// Where the body did not run, or did, `change`s what is to be changed when it does from now on, or does not.
    fn set_running(&self, is_running: bool, change: impl FnOnce(&mut Progress)) {
        while self.is_in_use.swap(true, Ordering::Acquire) {
            std::hint::spin_loop();
        }
        if self.is_running.replace(is_running) != is_running {
            // SAFETY: nobody else has come past the loop above and not past the line below. Nor does `change` come back
            // here: all that it calls is the crate's own.
            change(unsafe { &mut *self.progress.get() });
        }
        self.is_in_use.store(false, Ordering::Release);
    }

    /// The body goes on.
    fn resume(&self) {
        self.set_running(true, |progress| match progress {
            Progress::Pieces(running, scope) => *scope = running.resume::<LIMITED>(&self.limits),
            Progress::AllThreads(_, resumed) => *resumed = Resumed::enter(),
            Progress::Uncounted | Progress::Lost => {}
        });
    }

    /// The body waits.
    fn suspend(&self) {
        self.set_running(false, |progress| match progress {
            Progress::Pieces(running, scope) => {
                if !running.suspend(*scope) {
                    *progress = Progress::Lost;
                }
            }
            Progress::AllThreads(scope, resumed) => scope.keep(resumed),
            Progress::Uncounted | Progress::Lost => {}
        });
    }

    /// What was measured when the body has come to its end; nothing where the end has come to it.
    fn close(&mut self) -> Option<Closed> {
        if !self.is_running.get() {
            return None;
        }
        match std::mem::replace(self.progress.get_mut(), Progress::Uncounted) {
            Progress::Uncounted => return None,
            Progress::Pieces(mut running, scope) => {
                if running.suspend(scope) {
                    return Some(running.close::<LIMITED>(&self.limits));
                }
            }
            Progress::AllThreads(scope, _resumed) => return Some(scope.close(&self.limits, LIMITED)),
            Progress::Lost => {}
        }
        self.site.lost();
        None
    }
}

impl<const LIMITED: u8> Drop for PausingGuard<LIMITED> {
    fn drop(&mut self) {
        if let Some(closed) = self.close() {
            self.site.finish(closed);
        }
    }
}

/// Gives each future that a body awaits to the body's guard. What is no future has the method too, so that the error
/// says what it is not.
pub trait Pausing: Sized {
    #[doc(hidden)]
    fn __alloc_budget_pausing<const LIMITED: u8>(
        self,
        guard: &PausingGuard<LIMITED>,
    ) -> Awaited<'_, Self::IntoFuture, LIMITED>
    where
        Self: IntoFuture,
    {
        Awaited { future: self.into_future(), guard }
    }
}

impl<T> Pausing for T {}

pub struct Awaited<'a, F, const LIMITED: u8> {
    future: F,
    guard: &'a PausingGuard<LIMITED>,
}

impl<F: Future, const LIMITED: u8> Future for Awaited<'_, F, LIMITED> {
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
