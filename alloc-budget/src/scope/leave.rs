//! Leaving a scope with what it has measured.

use crate::count::counters::Counters;
use crate::count::limit::Limit;
use crate::count::measurement::Measurement;
use crate::limits::{Exemptible, Limits, MaxExempt};
use crate::scope::enter::Scope;
use crate::scope::exempt::Exempt;
use crate::scope::remote::Remote;
use crate::scope::scopes::{Ended, Outer};
use crate::scope::thread::{self, Thread};
use crate::scope::work::Done;
use crate::trace::captures::Captures;

impl Scope {
    /// Ends the scope, and all that was opened in it. `None` where no limit was passed; where the
    /// scope has been ended by an outer one; and without a scope.
    #[inline(always)]
    pub(crate) fn leave<const LIMITED: u8>(self) -> Option<Closed> {
        if self.leave_fast::<LIMITED>() { None } else { self.leave_slow() }
    }

    /// The rest of [`Scope::leave`].
    #[cold]
    #[inline(never)]
    pub(crate) fn leave_slow(self) -> Option<Closed> {
        self.close().filter(|closed| closed.has_slow_exit)
    }

    /// As [`Scope::leave`], whether or not a limit was passed.
    pub(crate) fn close(self) -> Option<Closed> {
        self.end().map(Ended::close)
    }

    /// Ends the scope, and all that was opened in it; `None` where it has been ended before, and
    /// where it is exempt.
    pub(crate) fn end(self) -> Option<Ended> {
        while let Some(ended) = thread::with(|Thread { tally, scopes, .. }| {
            let is_open = scopes.counting().iter().rev().any(|open| open.tag.is_of(self.tag));
            if is_open { scopes.end_innermost(tally) } else { None }
        }) {
            if ended.tag.is_of(self.tag) {
                return Some(ended);
            }
            ended.discard();
        }
        None
    }
}

impl Ended {
    /// What was measured, and nothing else of it.
    pub(crate) fn measured(mut self) -> Measurement {
        self.take_in();
        let mut measurement = Measurement::new(&self.counters, self.peak);
        if !self.captures.is_none() {
            self.captures.measure(&Limits::NONE, &mut measurement);
            self.captures.free();
        }
        measurement
    }

    fn close(mut self) -> Closed {
        self.take_in();
        let mut closed =
            Closed::new(&self.counters, self.peak, self.limits.only(self.limited), self.captures);
        closed.has_slow_exit = self.has_slow_exit;
        closed.is_of_pieces = false;
        closed
    }

    /// Adds what other threads did for it.
    #[inline(always)]
    fn take_in(&mut self) {
        if !self.remote.is_none() {
            take_in(&mut self.remote, &mut self.counters, &mut self.peak, &mut self.captures, self.outer);
        }
    }

    /// Without a result of its own. Those around it still have what other threads did for it.
    fn discard(self) {
        self.close().captures.free();
    }
}

/// At the end of a scope: adds what was done for it to its own results, and to the scopes around
/// it.
pub(crate) fn take_in(
    remote: &mut Remote,
    counters: &mut Counters,
    peak: &mut i64,
    captures: &mut Captures,
    outer: Outer,
) {
    let Some(work) = remote.take() else { return };
    let exempt = Exempt::enter();
    let Done { counters: added, peak: above, captures: mut others } = work.close();
    drop(work);
    drop(exempt);
    *peak += above;
    thread::with(|Thread { tally, scopes, .. }| {
        match outer {
            Outer::Blocked => {
                let entry = tally.live() - counters.live;
                scopes.counting().iter_mut().for_each(|scope| scope.note_peak(entry + *peak));
            }
            Outer::Running => scopes.note_on_top(tally, above),
        }
        tally.add(&added);
        others.forget_what_others_freed(*captures);
        for scope in scopes.counting() {
            // What is added may take it past a limit, without an event.
            scope.set_slow_exit();
            scope.captures.absorb(others, scope.limited());
        }
        scopes.follow_blocks(tally);
    });
    *counters = counters.plus(&added);
    captures.absorb(others, Limit::ANY);
    others.free();
}

/// A scope that has ended.
#[derive(Clone, Copy)]
pub(crate) struct Closed {
    pub(crate) measurement: Measurement,
    pub(crate) limits: Limits,
    pub(crate) max_exempt: MaxExempt,
    pub(crate) captures: Captures,
    has_slow_exit: bool,
    /// Whether it went on between pieces, each a scope of its own, or on all threads.
    pub(crate) is_of_pieces: bool,
}

impl Closed {
    pub(crate) fn new(counters: &Counters, peak: i64, limits: Limits, captures: Captures) -> Self {
        let measurement = Measurement::new(counters, peak);
        let mut closed = Self {
            measurement,
            limits,
            max_exempt: MaxExempt::ANY,
            captures,
            has_slow_exit: true,
            is_of_pieces: true,
        };
        if !captures.is_none() {
            closed.add_noted();
        }
        closed
    }

    /// Adds to what was measured what no counter tells of.
    #[cold]
    fn add_noted(&mut self) {
        self.captures.measure(&self.limits, &mut self.measurement);
    }

    /// With a limit on what was exempted in it. Such a stretch gives a scope its slow exit, so here
    /// is soon enough.
    pub(crate) fn exempting(mut self, max_exempt: impl Exemptible) -> Self {
        self.max_exempt = MaxExempt(max_exempt.most());
        self
    }

    pub(crate) fn has_limits(&self) -> bool {
        self.limits != Limits::NONE || self.max_exempt != MaxExempt::ANY
    }

    /// What was measured, and nothing else of it.
    pub(crate) fn measured(mut self) -> Measurement {
        self.captures.free();
        self.measurement
    }

    /// Itself, where a limit is passed at the end. And where one on retained bytes can't be judged,
    /// because a block was freed with another size than it had.
    pub(crate) fn overage(mut self) -> Option<Self> {
        let is_within = self.limits.admit(&self.measurement) && self.max_exempt.admits(&self.measurement);
        if is_within && !self.hides_a_leak() {
            self.captures.free();
            return None;
        }
        Some(self)
    }

    /// Whether the bytes left keep to their limit only because blocks were freed as larger ones.
    fn hides_a_leak(&self) -> bool {
        let left = self.measurement.retained_bytes.saturating_add(self.captures.hidden_bytes());
        u64::try_from(left).is_ok_and(|left| left > self.limits.max_retained_bytes)
    }
}

/// Leaves a scope when it is dropped, for those who call what may panic.
pub(crate) struct Entered(pub(crate) Scope);

impl Drop for Entered {
    fn drop(&mut self) {
        if let Some(mut closed) = self.0.close() {
            closed.captures.free();
        }
    }
}
