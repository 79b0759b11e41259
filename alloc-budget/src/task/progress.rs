//! How far something has come that is measured in pieces, on whichever threads: a future from poll
//! to poll, a body from await to await.

use crate::count::counters::Counters;
use crate::limits::Limits;
use crate::scope::enter::Scope;
use crate::scope::leave::{Closed, take_in};
use crate::scope::remote::Remote;
use crate::scope::scopes::{Ended, Outer};
use crate::scope::thread::{self, Thread};
use crate::threads::all_threads::{AllThreads, Resumed, next_serial};
use crate::trace::captures::Captures;

/// What has been measured so far, and what measures the piece that runs.
pub(crate) enum Progress {
    /// Nothing counts.
    Uncounted,
    /// Each piece is a scope of the thread that it runs on.
    Pieces {
        totals: Totals,
        /// Of the piece that runs, or of the last one.
        scope: Scope,
        /// Others have ended the scope of a piece before the piece was over, or it is on another
        /// thread. What that piece did is not in the totals.
        is_lost: bool,
    },
    /// As below, before the first piece.
    ToBeAllThreads,
    /// One scope of all threads, from the first piece on. While a piece runs, it counts although
    /// its thread is exempt.
    AllThreads(AllThreads, Resumed),
}

impl Progress {
    pub(crate) fn new(is_counting: bool, is_of_all_threads: bool) -> Self {
        if !is_counting {
            return Self::Uncounted;
        }
        if is_of_all_threads {
            return Self::ToBeAllThreads;
        }
        Self::Pieces { totals: Totals::NONE, scope: Scope::CLOSED, is_lost: false }
    }

    /// Runs a piece. What a panic interrupts has been measured up to there.
    #[inline(always)]
    pub(crate) fn run<const LIMITED: u8, T>(&mut self, limits: &Limits, piece: impl FnOnce() -> T) -> T {
        struct Running<'a>(&'a mut Progress);
        impl Drop for Running<'_> {
            #[inline(always)]
            fn drop(&mut self) {
                self.0.suspend();
            }
        }
        self.resume::<LIMITED>(limits);
        let _running = Running(self);
        piece()
    }

    /// Begins a piece.
    pub(crate) fn resume<const LIMITED: u8>(&mut self, limits: &Limits) {
        match self {
            Self::Uncounted => {}
            Self::Pieces { totals, scope, .. } => *scope = totals.resume::<LIMITED>(limits),
            Self::ToBeAllThreads => {
                let resumed = Resumed::enter(next_serial());
                *self = Self::AllThreads(AllThreads::enter(limits, LIMITED), resumed);
            }
            Self::AllThreads(scope, resumed) => *resumed = scope.resume(),
        }
    }

    /// Ends the piece that runs.
    pub(crate) fn suspend(&mut self) {
        match self {
            Self::Uncounted | Self::ToBeAllThreads => {}
            Self::Pieces { totals, scope, is_lost } => match scope.end() {
                Some(ended) => totals.keep(ended),
                None => *is_lost = true,
            },
            Self::AllThreads(scope, resumed) => scope.keep(resumed),
        }
    }

    /// Whether a piece is missing in what was measured.
    pub(crate) fn is_lost(&self) -> bool {
        matches!(self, Self::Pieces { is_lost: true, .. })
    }

    /// What was measured, after the last piece. `None` where nothing counts.
    pub(crate) fn close<const LIMITED: u8>(self, limits: &Limits) -> Option<Closed> {
        match self {
            Self::Uncounted | Self::ToBeAllThreads => None,
            Self::Pieces { totals, .. } => Some(totals.close::<LIMITED>(limits)),
            Self::AllThreads(scope, _) => Some(scope.close(limits, LIMITED)),
        }
    }
}

/// What the pieces did that have ended.
pub(crate) struct Totals {
    counters: Counters,
    /// Above what was live when the first one began.
    peak: i64,
    captures: Captures,
    remote: Remote,
}

impl Totals {
    const NONE: Self =
        Self { counters: Counters::ZERO, peak: 0, captures: Captures::NONE, remote: Remote::NONE };

    /// Enters a scope that goes on where the last piece ended.
    fn resume<const LIMITED: u8>(&mut self, limits: &Limits) -> Scope {
        let scope = Scope::enter_tracing::<LIMITED>(&limits.less(&self.counters));
        let Self { counters, peak, captures, remote } = self;
        thread::with(|Thread { tally, scopes, .. }| {
            if let Some(open) = scopes.all().last_mut() {
                open.begin_with(counters, *peak);
                open.limits = *limits;
                open.captures = std::mem::replace(captures, Captures::NONE);
                open.remote = std::mem::replace(remote, Remote::NONE);
            }
            scopes.follow_blocks(tally);
        });
        scope
    }

    /// Takes over from the scope of a piece.
    fn keep(&mut self, Ended { counters, peak, captures, remote, .. }: Ended) {
        // The captures and the work that were here have gone to the scope.
        (self.counters, self.peak, self.captures, self.remote) = (counters, peak, captures, remote);
    }

    fn close<const LIMITED: u8>(mut self, limits: &Limits) -> Closed {
        self.take_in();
        let captures = std::mem::replace(&mut self.captures, Captures::NONE);
        Closed::new(&self.counters, self.peak, limits.only(LIMITED), captures)
    }

    /// Adds what other threads did for it, also to the scopes around it: these went on between the
    /// pieces.
    fn take_in(&mut self) {
        let Self { counters, peak, captures, remote } = self;
        take_in(remote, counters, peak, captures, Outer::Running);
    }
}

impl Drop for Totals {
    fn drop(&mut self) {
        self.take_in();
        self.captures.free();
    }
}
