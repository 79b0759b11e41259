//! The running totals of what is measured in pieces, on whichever threads: a future, poll by poll.

use crate::count::counters::Counters;
use crate::limits::Limits;
use crate::scope::enter::Scope;
use crate::scope::leave::{Closed, Entered, take_in};
use crate::scope::remote::Remote;
use crate::scope::scopes::{Ended, Outer};
use crate::scope::thread::{self, Thread};
use crate::trace::captures::Captures;

pub(crate) struct Running {
    counters: Counters,
    /// Above what was live when it began.
    peak: i64,
    captures: Captures,
    remote: Remote,
}

impl Running {
    pub(crate) const NONE: Self =
        Self { counters: Counters::ZERO, peak: 0, captures: Captures::NONE, remote: Remote::NONE };

    /// Measures one more piece.
    pub(crate) fn add<const LIMITED: u8, T>(&mut self, limits: &Limits, piece: impl FnOnce() -> T) -> T {
        // A panic closes the scope, and what was captured goes with it.
        let entered = Entered(self.resume::<LIMITED>(limits));
        let value = piece();
        self.suspend(entered.0);
        value
    }

    /// Enters a scope that goes on where the last piece ended.
    pub(crate) fn resume<const LIMITED: u8>(&mut self, limits: &Limits) -> Scope {
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

    /// Ends the piece whose scope this is; false where others have ended it before.
    pub(crate) fn suspend(&mut self, scope: Scope) -> bool {
        let Some(ended) = scope.end() else { return false };
        let Ended { counters, peak, captures, remote, .. } = ended;
        *self = Self { counters, peak, captures, remote };
        true
    }

    /// After the last piece.
    pub(crate) fn close<const LIMITED: u8>(mut self, limits: &Limits) -> Closed {
        self.take_in();
        let captures = std::mem::replace(&mut self.captures, Captures::NONE);
        Closed::new(&self.counters, self.peak, limits.only(LIMITED), captures)
    }

    /// Adds what other threads did for it, also to the scopes around it: these went on between the pieces.
    fn take_in(&mut self) {
        let Self { counters, peak, captures, remote } = self;
        take_in(remote, counters, peak, captures, Outer::Running);
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.take_in();
        self.captures.free();
    }
}
