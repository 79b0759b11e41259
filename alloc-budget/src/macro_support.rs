//! The hidden door that expanded code uses. Not public API: it changes without notice.

pub use crate::limits::{Limits, absent, amount, here, literal};
pub use crate::overage::OnOverage;
pub use crate::paced::{Pace, PacedGuard};
pub use crate::site::{Call, Site};

use std::future::Future;

use crate::all_threads::{AllThreads, Resumed};
use crate::future::{Measured, Totals};
use crate::scope::{Closed, Scope};
use crate::settings::{self, State};
use crate::thread;

/// The local in front of an annotated function's body. Dropped, it closes the scope and judges.
///
/// `LIMITED` has a bit for each limit that there is, in the order of [`Limit`](crate::Limit).
pub struct Guard<const LIMITED: u8, F: Fn(Call) -> Site + Copy> {
    scope: Scope,
    function: F,
}

impl<const LIMITED: u8, F: Fn(Call) -> Site + Copy> Guard<LIMITED, F> {
    #[inline(always)]
    #[must_use]
    pub fn enter(function: F, limits: Limits) -> Self {
        let site = &move |then: fn(&Site) -> bool| then(&Site::of(function));
        Self { scope: enter::<LIMITED>(site, &limits), function }
    }
}

impl<const LIMITED: u8, F: Fn(Call) -> Site + Copy> Drop for Guard<LIMITED, F> {
    #[inline(always)]
    fn drop(&mut self) {
        if !self.scope.leave_quietly::<LIMITED>() {
            judge_function(self.scope, self.function);
        }
    }
}

#[cold]
#[inline(never)]
fn judge_function(scope: Scope, function: impl Fn(Call) -> Site + Copy) {
    if let Some(closed) = scope.leave_eventful() {
        Site::of(function).judge(closed);
    }
}

/// As [`Guard`], for a function whose first `warmup` calls on a thread are not judged.
pub struct WarmGuard<const LIMITED: u8> {
    scope: Scope,
    site: &'static Site,
}

impl<const LIMITED: u8> WarmGuard<LIMITED> {
    #[inline(always)]
    #[must_use]
    pub fn enter_warm(site: &'static Site, limits: Limits, warmup: u64) -> Self {
        let limits = limits.after(site.is_warm(warmup));
        Self { scope: enter_at::<LIMITED>(site, &limits), site }
    }
}

impl<const LIMITED: u8> Drop for WarmGuard<LIMITED> {
    #[inline(always)]
    fn drop(&mut self) {
        if !self.scope.leave_quietly::<LIMITED>() {
            judge(self.scope, self.site);
        }
    }
}

#[cold]
#[inline(never)]
fn judge(scope: Scope, site: &'static Site) {
    if let Some(closed) = scope.leave_eventful() {
        site.judge(closed);
    }
}

/// The local in front of a function that is only measured.
pub struct Meter {
    scope: Scope,
    site: &'static Site,
}

impl Meter {
    #[inline(always)]
    #[must_use]
    pub fn enter(site: &'static Site) -> Self {
        Self { scope: enter_at::<0>(site, &Limits::NONE), site }
    }
}

impl Drop for Meter {
    #[inline]
    fn drop(&mut self) {
        let Some(measurement) = self.scope.close().map(Closed::measured) else { return };
        if !std::thread::panicking() {
            self.site.record(&measurement);
        }
    }
}

/// The local in front of a function that is measured on all threads, with or without limits.
pub struct AllThreadsGuard<const LIMITED: u8> {
    /// `None` where nothing counts.
    scope: Option<(AllThreads, Resumed)>,
    limits: Limits,
    site: &'static Site,
}

impl<const LIMITED: u8> AllThreadsGuard<LIMITED> {
    #[must_use]
    pub fn enter(site: &'static Site, limits: Limits) -> Self {
        let scope = site.is_counting().then(|| {
            let resumed = Resumed::enter();
            (AllThreads::enter(&limits, LIMITED), resumed)
        });
        Self { scope, limits, site }
    }

    /// As [`AllThreadsGuard::enter`], for a function whose first `warmup` calls on a thread are not judged.
    #[must_use]
    pub fn enter_warm(site: &'static Site, limits: Limits, warmup: u64) -> Self {
        Self::enter(site, limits.after(site.is_warm(warmup)))
    }
}

impl<const LIMITED: u8> Drop for AllThreadsGuard<LIMITED> {
    fn drop(&mut self) {
        let Some((scope, resumed)) = self.scope.take() else { return };
        let closed = scope.close(&self.limits, LIMITED);
        drop(resumed);
        self.site.finish(closed);
    }
}

/// The future of an annotated function, measured.
#[inline]
pub fn future<const LIMITED: u8, F: Future>(
    site: &'static Site,
    limits: Limits,
    future: F,
) -> impl Future<Output = F::Output> {
    measured::<LIMITED, F>(site, limits, Totals::OF_ITSELF, future)
}

/// As [`future()`], measured on all threads.
#[inline]
pub fn future_all_threads<const LIMITED: u8, F: Future>(
    site: &'static Site,
    limits: Limits,
    future: F,
) -> impl Future<Output = F::Output> {
    measured::<LIMITED, F>(site, limits, Totals::OF_ALL_THREADS, future)
}

#[inline]
fn measured<const LIMITED: u8, F: Future>(
    site: &'static Site,
    limits: Limits,
    totals: Totals,
    future: F,
) -> impl Future<Output = F::Output> {
    let state = settings::state();
    if state == State::NotInstalled {
        site.not_installed();
    }
    Measured::<_, _, LIMITED>::new(future, limits, totals, state, move |value, closed: Option<Closed>| {
        if let Some(closed) = closed {
            site.record(&closed.measurement);
            site.judge(closed);
        }
        value
    })
}

/// As [`future`], for a function whose first `warmup` calls on a thread are not judged.
#[inline]
pub fn future_warm<const LIMITED: u8, F: Future>(
    site: &'static Site,
    limits: Limits,
    warmup: u64,
    future: F,
) -> impl Future<Output = F::Output> {
    self::future::<LIMITED, F>(site, limits.after(site.is_warm(warmup)), future)
}

/// As [`future_warm`], measured on all threads.
#[inline]
pub fn future_all_threads_warm<const LIMITED: u8, F: Future>(
    site: &'static Site,
    limits: Limits,
    warmup: u64,
    future: F,
) -> impl Future<Output = F::Output> {
    future_all_threads::<LIMITED, F>(site, limits.after(site.is_warm(warmup)), future)
}

#[inline(always)]
fn enter_at<const LIMITED: u8>(site: &'static Site, limits: &Limits) -> Scope {
    enter::<LIMITED>(&|then: fn(&Site) -> bool| then(site), limits)
}

/// `site` calls with the function's record, which is made for it where there is none.
#[inline(always)]
fn enter<const LIMITED: u8>(site: &dyn Fn(fn(&Site) -> bool) -> bool, limits: &Limits) -> Scope {
    // SAFETY: plain accesses to what belongs to this thread; where it is ready, there is room.
    unsafe {
        let thread = thread::current_mut();
        if thread.scopes.is_ready() {
            return Scope::enter_ready::<LIMITED>(thread, limits);
        }
    }
    // A copy, so that only this path has the limits in memory.
    let limits = *limits;
    if enter_unready::<LIMITED>(site, &limits) { Scope::innermost() } else { Scope::CLOSED }
}

/// At the first scope of the thread, where there is no room, and in a process whose state asks for more. Says whether the
/// scope was entered, and does not return it: what is returned through memory stays there.
#[cold]
#[inline(never)]
fn enter_unready<const LIMITED: u8>(site: &dyn Fn(fn(&Site) -> bool) -> bool, limits: &Limits) -> bool {
    let is_counting = site(Site::is_counting);
    if is_counting {
        Scope::enter_tracing::<LIMITED>(limits);
    }
    is_counting
}

/// Panics at the caller.
#[cold]
#[inline(never)]
#[track_caller]
pub fn raise(message: String) {
    std::panic::panic_any(message);
}
