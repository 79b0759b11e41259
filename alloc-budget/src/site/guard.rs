//! The local in front of an annotated function's body, which judges where the body ends.

use std::borrow::Borrow;

use crate::budget::subject::Subject;
use crate::limits::{AnyExempt, Exemptible, Limits};
use crate::record;
use crate::scope::enter::Scope;
use crate::scope::{mode, thread};
use crate::site::function::{Call, Site};

/// The local in front of an annotated function's body. Dropped, it closes the scope and judges.
///
/// A closure describes its function, because a static [`Site`] costs the compiler about twice as
/// much: only a function that keeps something from call to call has one, and a [`SiteGuard`].
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
        if !self.scope.leave_fast::<LIMITED>() {
            let function = self.function;
            judge(self.scope, AnyExempt, move || Site::of(function));
        }
    }
}

/// A call of an annotated function that has a static record: the function, its limits, what may be
/// exempted, and whose events count.
#[derive(Clone, Copy)]
#[must_use]
pub struct Entry<E> {
    pub(super) site: &'static Site,
    pub(super) limits: Limits,
    pub(super) max_exempt: E,
    pub(super) is_of_all_threads: bool,
}

impl<E: Exemptible> Entry<E> {
    #[inline(always)]
    pub const fn new(site: &'static Site, limits: Limits, max_exempt: E) -> Self {
        Self { site, limits, max_exempt, is_of_all_threads: false }
    }

    /// Not judged if it is one of the function's first `warmup` calls on this thread.
    #[inline(always)]
    pub fn warm(mut self, warmup: u64) -> Self {
        if !self.site.is_warm(warmup) {
            (self.limits, self.max_exempt) = (Limits::NONE, E::ANY);
        }
        self
    }

    /// What every thread does counts.
    #[inline(always)]
    pub const fn all_threads(mut self) -> Self {
        self.is_of_all_threads = true;
        self
    }
}

/// As [`Guard`], for a function that has a static record: it is only measured, its first calls are
/// not judged, or what it exempts is limited.
pub struct SiteGuard<const LIMITED: u8, E: Exemptible = AnyExempt> {
    scope: Scope,
    site: &'static Site,
    max_exempt: E,
}

impl<const LIMITED: u8, E: Exemptible> SiteGuard<LIMITED, E> {
    #[inline(always)]
    #[must_use]
    pub fn enter(Entry { site, limits, max_exempt, .. }: Entry<E>) -> Self {
        let described = &move |then: fn(&Site) -> bool| then(site);
        Self { scope: enter::<LIMITED>(described, &limits), site, max_exempt }
    }
}

impl<const LIMITED: u8, E: Exemptible> Drop for SiteGuard<LIMITED, E> {
    #[inline(always)]
    fn drop(&mut self) {
        if LIMITED == 0 {
            record(self.scope, self.site);
        } else if !self.scope.leave_fast::<LIMITED>() {
            let site = self.site;
            judge(self.scope, self.max_exempt, move || site);
        }
    }
}

fn record(scope: Scope, site: &'static Site) {
    match scope.close() {
        Some(closed) => site.finish(closed),
        None => not_closed(scope, site),
    }
}

/// The slow exit. `site` has the function's record, or makes it.
#[cold]
#[inline(never)]
fn judge<S: Borrow<Site>>(scope: Scope, max_exempt: impl Exemptible, site: impl FnOnce() -> S) {
    if scope.is_closed() {
        return;
    }
    match scope.leave_slow() {
        Some(closed) => site().borrow().judge(closed.exempting(max_exempt)),
        None if mode::is_recorded() => not_closed(scope, site().borrow()),
        None => {}
    }
}

/// Others have ended the scope before, if there was one.
#[cold]
fn not_closed(scope: Scope, site: &Site) {
    if mode::is_recorded() && !scope.is_closed() {
        record::lost(&site.described());
    }
}

/// `site` calls with the function's record, which is made for it where there is none.
#[inline(always)]
fn enter<const LIMITED: u8>(site: &dyn Fn(fn(&Site) -> bool) -> bool, limits: &Limits) -> Scope {
    // SAFETY: where the scopes are ready, there is room. The reference is gone before anything else
    // is called.
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

/// At the first scope of the thread, where there is no room, and in a process whose state asks for
/// more. Says whether the scope was entered, and does not return it: what is returned through
/// memory stays there.
#[cold]
#[inline(never)]
fn enter_unready<const LIMITED: u8>(site: &dyn Fn(fn(&Site) -> bool) -> bool, limits: &Limits) -> bool {
    let is_counting = site(|site| site.is_counting(false));
    if is_counting && LIMITED == 0 && mode::is_recorded() {
        Scope::enter_as_asked::<0>(limits);
    } else if is_counting {
        Scope::enter_tracing::<LIMITED>(limits);
    }
    is_counting
}
