//! Handing a scope to other threads.

use std::fmt;
use std::future::Future;
use std::mem::ManuallyDrop;
use std::pin::Pin;
use std::ptr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use crate::budget::Limit;
use crate::call_sites::Captures;
use crate::exempt::Exempt;
use crate::limits::Limits;
use crate::scope::Scope;
use crate::tally::Counters;
use crate::thread::{self, Thread};

/// The innermost open scope of a thread, for other threads to work for.
///
/// A scope counts what its own thread allocates. What it hands to other threads it takes along as a handle; what is run
/// there through the handle counts for the scope too, and for all scopes around it, as if the scope's own thread had
/// done it.
///
/// ```
/// use alloc_budget::{Handle, measure};
///
/// let ((), m) = measure(|| {
///     let scope = Handle::current();
///     std::thread::scope(|threads| {
///         threads.spawn(|| scope.run(|| drop(vec![1, 2, 3])));
///     });
/// });
/// assert_eq!(m.deallocations, m.allocations);
/// assert!(m.bytes_allocated >= 12); // the vector, and what it took to begin a thread
/// ```
///
/// It is the same with `std::thread::spawn`, with rayon's `join`, `scope` and parallel iterators, and with tokio's
/// `spawn_blocking`; for `tokio::spawn` there is [`Handle::instrument`].
///
/// - **When it counts.** Work is added when it ends, also by a panic. The scope has to wait for it, by joining the
///   thread or however else: work that ends after the scope counts nowhere.
/// - **Once.** Work that is run by the scope's own thread, or inside of other work for the same scope, is counted
///   already, and not once more.
/// - **Work stealing.** A thread that waits inside a scope may run something else meanwhile: a thread of rayon's pool
///   steals jobs while it waits in a `join`. What the thread allocates counts for the scope, whoever asked for it. So
///   a budget inside a pool that has other things to do is exact for the sum of both. A job that was stolen *from* the
///   scope counts where it runs, once.
/// - **Peaks.** [`peak_bytes`](crate::Measurement::peak_bytes) of a scope with helpers is the sum of the peaks of its
///   threads: what it would be if all had their peaks at once. Threads that work one after another do not add up, but
///   the scope's own thread does.
/// - **Nesting.** The handle of a scope that has been handed on is the same one there. [`exempt`](crate::exempt) around
///   [`Handle::run`] exempts nothing on another thread; inside of it does.
/// - **Where.** Reports have the call sites of other threads for what passes a limit there, counting from what other
///   work has left of it. `ALLOC_BUDGET_TRACE=full` has them all.
///
/// The handle of no scope runs what it is given, and counts nothing.
#[derive(Clone)]
pub struct Handle(Option<Shared>);

impl Handle {
    /// The handle of the innermost scope that is open on this thread: of an annotated function, of
    /// [`measure`](crate::measure()), of a [`Budget`](crate::Budget), or of a future that is being polled.
    #[must_use]
    pub fn current() -> Self {
        // SAFETY: plain accesses to what belongs to this thread, between which nothing allocates.
        let counting = unsafe { (&mut *thread::current()).scopes.counting() };
        let Some(innermost) = counting.last() else { return Self(None) };
        for known in [innermost.piece_of, innermost.remote] {
            if let Some(shared) = known.share() {
                return Self(Some(shared));
            }
        }
        let (mut limits, mut limited) = (Limits::NONE, 0);
        for open in counting {
            limits = limits.min(&open.limits.only(open.limited));
            limited |= open.limited;
        }
        let remote = Remote::new(limits, limited);
        // SAFETY: as above; it is still the same scope.
        if let Some(innermost) = unsafe { (&mut *thread::current()).scopes.counting().last_mut() } {
            innermost.remote = remote;
            innermost.is_eventful = true;
        }
        Self(remote.share())
    }

    /// Runs `f` on this thread for the handle's scope.
    ///
    /// # Panics
    /// When `f` does.
    pub fn run<T>(&self, f: impl FnOnce() -> T) -> T {
        let _piece = self.0.as_ref().and_then(Piece::begin);
        f()
    }

    /// The future, polled for the handle's scope, wherever that is.
    ///
    /// ```
    /// use alloc_budget::{Handle, measure_future};
    ///
    /// # let runtime = tokio::runtime::Runtime::new().unwrap();
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
    /// # Panics
    /// When the future does.
    pub fn instrument<F: Future>(self, future: F) -> impl Future<Output = F::Output> {
        Handed { future, handle: self }
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handle").finish_non_exhaustive()
    }
}

struct Handed<F> {
    future: F,
    handle: Handle,
}

impl<F: Future> Future for Handed<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        // SAFETY: `future` is pinned with `self`: it is not moved out below, and there is no destructor that could. The
        // handle is never pinned.
        let Self { future, handle } = unsafe { self.get_unchecked_mut() };
        // SAFETY: as above.
        let future = unsafe { Pin::new_unchecked(future) };
        handle.run(|| future.poll(context))
    }
}

/// What threads do for a scope of another one.
struct Work {
    /// The tightest ones of the scope and those around it, and which there are.
    limits: Limits,
    limited: u8,
    done: Mutex<Done>,
}

/// What has ended so far.
struct Done {
    /// The scope has not ended.
    is_open: bool,
    counters: Counters,
    /// Of the time before anything that runs now began.
    peak: i64,
    live: i64,
    running: usize,
    /// Since then.
    timelines: Vec<Timeline>,
    captures: Captures,
}

/// The live bytes of one thread's work.
struct Timeline {
    thread: usize,
    live: i64,
    peak: i64,
}

impl Work {
    fn done(&self) -> MutexGuard<'_, Done> {
        self.done.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Done {
    fn add(&mut self, thread: usize, counters: &Counters, peak: i64) {
        self.counters = self.counters.plus(counters);
        let at = self.timelines.iter().position(|timeline| timeline.thread == thread).unwrap_or_else(|| {
            self.timelines.push(Timeline { thread, live: 0, peak: 0 });
            self.timelines.len() - 1
        });
        let timeline = &mut self.timelines[at];
        timeline.peak = timeline.peak.max(timeline.live + peak);
        timeline.live += counters.live;
        if self.running == 0 {
            self.settle();
        }
    }

    /// What began from now on comes after what has ended.
    fn settle(&mut self) {
        let peaks: i64 = self.timelines.iter().map(|timeline| timeline.peak).sum();
        self.peak = self.peak.max(self.live + peaks);
        self.live += self.timelines.drain(..).map(|timeline| timeline.live).sum::<i64>();
    }
}

/// A share in the work for a scope. Its memory counts nowhere.
struct Shared(ManuallyDrop<Arc<Work>>);

impl Clone for Shared {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        let _exempt = Exempt::enter();
        // SAFETY: it is not used again.
        unsafe { ManuallyDrop::drop(&mut self.0) };
    }
}

/// The scope's own share in what other threads do for it, or nothing. Whoever has it last calls [`Remote::close`] or
/// [`Remote::discard`].
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Remote(*const Work);

// SAFETY: it stands for a share in a `Work`, which is `Send` and `Sync`.
unsafe impl Send for Remote {}
// SAFETY: as above.
unsafe impl Sync for Remote {}

impl Remote {
    pub(crate) const NONE: Self = Self(ptr::null());

    fn new(limits: Limits, limited: u8) -> Self {
        let _exempt = Exempt::enter();
        let done = Done {
            is_open: true,
            counters: Counters::ZERO,
            peak: 0,
            live: 0,
            running: 0,
            timelines: Vec::new(),
            captures: Captures::NONE,
        };
        Self(Arc::into_raw(Arc::new(Work { limits, limited, done: Mutex::new(done) })))
    }

    #[inline(always)]
    pub(crate) fn is_none(self) -> bool {
        self.0.is_null()
    }

    /// One more share in the same.
    fn share(self) -> Option<Shared> {
        if self.is_none() {
            return None;
        }
        // SAFETY: not null, so from `Arc::into_raw`, and the scope's own share is still there; there is one more now,
        // which this takes.
        unsafe {
            Arc::increment_strong_count(self.0);
            Some(Shared(ManuallyDrop::new(Arc::from_raw(self.0))))
        }
    }

    /// Gives up the scope's share.
    fn take(&mut self) -> Option<Shared> {
        let Self(work) = std::mem::replace(self, Self::NONE);
        // SAFETY: not null, so from `Arc::into_raw`, and this was the scope's own share.
        (!work.is_null()).then(|| Shared(ManuallyDrop::new(unsafe { Arc::from_raw(work) })))
    }

    /// At the end of a scope that gives no result.
    pub(crate) fn discard(&mut self) {
        if let Some(shared) = self.take() {
            let _exempt = Exempt::enter();
            let mut done = shared.0.done();
            done.is_open = false;
            done.captures.free();
        }
    }

    /// At the end of a scope: adds what was done for it, to its own results and to the scopes around it.
    pub(crate) fn close(&mut self, counters: &mut Counters, peak: &mut i64, captures: &mut Captures) {
        let Some(shared) = self.take() else { return };
        let exempt = Exempt::enter();
        let mut done = shared.0.done();
        done.is_open = false;
        done.settle();
        let (added, above) = (done.counters, done.peak);
        let mut remote = std::mem::replace(&mut done.captures, Captures::NONE);
        drop(done);
        drop(exempt);
        *peak += above;
        // SAFETY: plain accesses to what belongs to this thread; captures are memory of `System`.
        let Thread { tally, scopes, .. } = unsafe { &mut *thread::current() };
        let peak = tally.live() - counters.live + *peak;
        tally.raise_peak(peak);
        tally.add(&added);
        for outer in scopes.counting() {
            outer.note_peak(peak);
            outer.captures.absorb(remote, outer.limited);
        }
        scopes.watch(tally);
        *counters = counters.plus(&added);
        captures.absorb(remote, Limit::ANY);
        remote.free();
    }
}

/// Work for a scope, on the thread that does it.
struct Piece<'a> {
    shared: &'a Shared,
    scope: Scope,
}

impl<'a> Piece<'a> {
    /// `None` where it is counted already, and where the scope has ended.
    fn begin(shared: &'a Shared) -> Option<Self> {
        let work: &Work = &shared.0;
        let here = Remote(work);
        // SAFETY: a plain look at what belongs to this thread.
        let mut open = unsafe { (&mut *thread::current()).scopes.open().iter() };
        if open.any(|open| open.piece_of == here || open.remote == here) {
            return None;
        }
        let exempt = Exempt::enter();
        let mut done = work.done();
        if !done.is_open {
            return None;
        }
        done.running += 1;
        let limits = work.limits.less(&done.counters);
        drop(done);
        drop(exempt);
        let scope = if work.limited == 0 {
            Scope::enter::<0>(&limits)
        } else {
            Scope::enter_tracing::<{ Limit::ANY }>(&limits)
        };
        // SAFETY: a plain write to what belongs to this thread.
        if let Some(open) = unsafe { (&mut *thread::current()).scopes.open().last_mut() } {
            open.piece_of = here;
        }
        Some(Self { shared, scope })
    }
}

impl Drop for Piece<'_> {
    fn drop(&mut self) {
        let ended = self.scope.end();
        let _exempt = Exempt::enter();
        let mut done = self.shared.0.done();
        done.running -= 1;
        let Some(mut ended) = ended else { return };
        if done.is_open {
            done.add(thread::current().addr(), &ended.counters, ended.peak);
            done.captures.absorb(ended.captures, Limit::ANY);
        }
        ended.captures.free();
    }
}
