//! The local in front of an annotated function's body, which judges where the body ends.

use std::ptr;

use crate::budget::subject::Subject;
use crate::count::limit::Limit;
use crate::count::measurement::Measurement;
use crate::limits::{AnyExempt, Exemptible, Limits};
use crate::record::{self, short};
use crate::scope::enter::{Scope, trace_as_asked};
use crate::scope::mode;
use crate::scope::thread::{self, Thread};
use crate::site::function::{Describe, Site};

/// The local in front of an annotated function's body. Dropped, it closes the scope and judges.
///
/// A function describes its function, because a static [`Site`] costs the compiler several times as
/// much: only a function that keeps something from call to call has one, and a [`SiteGuard`]. It is
/// a pointer, because with a type of its own each annotated function would have a guard of its own
/// to be compiled.
///
/// `LIMITED` has a bit for each limit that there is, in the order of [`Limit`](crate::Limit).
pub struct Guard<const LIMITED: u8> {
    scope: Scope,
    function: Describe,
}

/// How a call begins. What belongs to a type is not quoted where the compiler refuses a call of it.
pub struct Enter;

impl Enter {
    /// With several limits.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub fn limited<const LIMITED: u8>(function: Describe, limits: Limits) -> Guard<LIMITED> {
        Guard { scope: enter::<LIMITED, _>(function, &limits), function }
    }
}

/// With one limit, for each that there is. Not generic, so that an unoptimised program has it from
/// this crate, and needs no annotations of types to call it.
macro_rules! with_one_limit {
    ($($limit:ident: $bit:ident,)*) => {impl Enter {$(
        #[cfg_attr(not(debug_assertions), inline(always))]
        pub fn $limit(function: Describe, $limit: u64) -> Guard<{ Limit::$bit.bit() }> {
            Self::limited(function, Limits { $limit, ..Limits::NONE })
        }
    )*}};
}

with_one_limit! {
    max: Allocations,
    max_bytes: Bytes,
    max_peak_bytes: PeakBytes,
    max_retained_bytes: RetainedBytes,
    max_reallocs: Reallocations,
    max_deallocs: Deallocations,
    max_block_bytes: BlockBytes,
    max_surviving_bytes: SurvivingBytes,
}

impl<const LIMITED: u8> Drop for Guard<LIMITED> {
    #[inline(always)]
    fn drop(&mut self) {
        if !self.scope.leave_fast::<LIMITED>() {
            judge(self.scope, AnyExempt, self.function);
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
        Self { scope: enter::<LIMITED, _>(site, &limits), site, max_exempt }
    }
}

impl<const LIMITED: u8, E: Exemptible> Drop for SiteGuard<LIMITED, E> {
    #[inline(always)]
    fn drop(&mut self) {
        if LIMITED == 0 {
            record(self.scope, self.site);
        } else if !self.scope.leave_fast::<LIMITED>() {
            judge(self.scope, self.max_exempt, self.site);
        }
    }
}

fn record(scope: Scope, site: &'static Site) {
    let and_record = |counted| site.record(&Measurement::counted(counted));
    if mode::is_recorded() && short::end_with(scope, and_record) {
        return;
    }
    match scope.close() {
        Some(closed) => site.finish(closed),
        None => not_closed(scope, site),
    }
}

/// The slow exit.
#[cold]
#[inline(never)]
fn judge(scope: Scope, max_exempt: impl Exemptible, function: impl Annotated) {
    if max_exempt.most() == u64::MAX && short::end(scope) || scope.is_closed() {
        return;
    }
    let is_recorded = mode::is_recorded();
    // Where each call is recorded, all come here, whichever exit they need.
    let closed = if is_recorded { scope.close() } else { scope.leave_slow() };
    match closed {
        Some(closed) => function.with(|site| site.judge(closed.exempting(max_exempt))),
        None if is_recorded => function.with(|site| not_closed(scope, site)),
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

/// What has an annotated function's record, or makes it.
trait Annotated: Copy {
    /// Its address in the program, by which the function is known.
    fn key(self) -> usize;

    fn with<T>(self, then: impl FnOnce(&Site) -> T) -> T;
}

impl Annotated for Describe {
    #[inline(always)]
    fn key(self) -> usize {
        (self as *const ()).addr()
    }

    fn with<T>(self, then: impl FnOnce(&Site) -> T) -> T {
        then(&Site::of(self))
    }
}

impl Annotated for &'static Site {
    #[inline(always)]
    fn key(self) -> usize {
        ptr::from_ref(self).addr()
    }

    fn with<T>(self, then: impl FnOnce(&Site) -> T) -> T {
        then(self)
    }
}

#[inline(always)]
fn enter<const LIMITED: u8, F: Annotated>(function: F, limits: &Limits) -> Scope {
    // SAFETY: where the scopes are ready, there is room. The reference is gone before anything else
    // is called.
    unsafe {
        let thread = thread::current_mut();
        if thread.scopes.is_ready() {
            return Scope::enter_ready::<LIMITED>(thread, limits);
        }
        // A copy, so that only this path has it in memory.
        let limits = *limits;
        enter_unready::<LIMITED, F>(thread, function, &limits)
    }
}

/// At the first scope of the thread, where there is no room, and in a process whose state asks for
/// more.
///
/// # Safety
/// `thread` is the calling one.
#[cold]
#[inline(never)]
unsafe fn enter_unready<const LIMITED: u8, F: Annotated>(
    thread: *mut Thread,
    function: F,
    limits: &Limits,
) -> Scope {
    // What is noted of single events, no counter tells.
    let is_counted = LIMITED & Limit::NOTED == 0;
    if is_counted {
        // SAFETY: the caller promises it.
        let scope = unsafe { short::begin(thread, function.key(), limits) };
        if !scope.is_closed() {
            return scope;
        }
    }
    if !function.with(|site| site.is_counting(false)) {
        return Scope::CLOSED;
    }
    if is_counted && mode::only_records() {
        function.with(|site| record::remember(&site.described(), function.key()));
    }
    Scope::enter_tracing::<LIMITED>(limits);
    if LIMITED == 0 && mode::is_recorded() {
        trace_as_asked();
    }
    Scope::innermost()
}
