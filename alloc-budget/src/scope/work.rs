//! What threads do for a scope of another one: summed under a lock, until the scope ends.

use std::sync::PoisonError;

use crate::count::counters::Counters;
use crate::count::limit::Limit;
use crate::count::sync::{Mutex, MutexGuard};
use crate::limits::Limits;
use crate::trace::captures::Captures;

/// What threads do for a scope of another one.
pub(crate) struct Work(Mutex<SoFar>);

/// What a piece of the work has done, or all of it.
pub(crate) struct Done {
    pub(crate) counters: Counters,
    pub(crate) peak: i64,
    pub(crate) captures: Captures,
}

/// What has ended so far.
struct SoFar {
    /// The scope has not ended.
    is_open: bool,
    /// What was left, when the newest handle was made, of the tightest limits of the scope and
    /// those around it; and which there are.
    limits: Limits,
    limited: u8,
    counters: Counters,
    /// Of the time before anything that runs now began.
    peak: i64,
    live: i64,
    running: usize,
    /// Since then.
    timelines: Vec<Timeline>,
    captures: Captures,
}

/// The live bytes of pieces that ran one after another.
struct Timeline {
    lane: Lane,
    live: i64,
    peak: i64,
}

/// A thread, and how many scopes are open on it: pieces that have both in common can't overlap.
pub(crate) type Lane = (usize, usize);

impl Work {
    pub(crate) fn new() -> Self {
        Self(Mutex::new(SoFar::NOTHING))
    }

    fn so_far(&self) -> MutexGuard<'_, SoFar> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Limits what begins from now on.
    pub(crate) fn limit(&self, limits: Limits, limited: u8) {
        let mut so_far = self.so_far();
        (so_far.limits, so_far.limited) = (limits, limited);
    }

    /// Begins a piece: what is left to it, and which limits there are. `None` where the scope has
    /// ended.
    pub(crate) fn begin(&self) -> Option<(Limits, u8)> {
        let mut so_far = self.so_far();
        if !so_far.is_open {
            return None;
        }
        so_far.running += 1;
        Some((so_far.limits.less(&so_far.counters), so_far.limited))
    }

    /// Ends a piece. Where the scope has ended, nobody wants to know what it has done.
    pub(crate) fn end(&self, lane: Lane, done: Option<Done>) {
        let mut so_far = self.so_far();
        so_far.running -= 1;
        let Some(mut done) = done else { return };
        if so_far.is_open {
            so_far.add(lane, &done);
        }
        done.captures.free();
    }

    /// Ends it with the scope.
    pub(crate) fn close(&self) -> Done {
        let mut so_far = self.so_far();
        so_far.is_open = false;
        so_far.settle();
        let captures = std::mem::replace(&mut so_far.captures, Captures::NONE);
        Done { counters: so_far.counters, peak: so_far.peak, captures }
    }
}

impl SoFar {
    const NOTHING: Self = Self {
        is_open: true,
        limits: Limits::NONE,
        limited: 0,
        counters: Counters::ZERO,
        peak: 0,
        live: 0,
        running: 0,
        timelines: Vec::new(),
        captures: Captures::NONE,
    };

    fn add(&mut self, lane: Lane, Done { counters, peak, captures }: &Done) {
        self.counters = self.counters.plus(counters);
        let at = self.timelines.iter().position(|timeline| timeline.lane == lane).unwrap_or_else(|| {
            self.timelines.push(Timeline { lane, live: 0, peak: 0 });
            self.timelines.len() - 1
        });
        let timeline = &mut self.timelines[at];
        timeline.peak = timeline.peak.max(timeline.live + peak);
        timeline.live += counters.live;
        if self.running == 0 {
            self.settle();
        }
        self.captures.absorb(*captures, Limit::ANY);
    }

    /// What begins from now on comes after what has ended.
    fn settle(&mut self) {
        let peaks: i64 = self.timelines.iter().map(|timeline| timeline.peak).sum();
        self.peak = self.peak.max(self.live + peaks);
        self.live += self.timelines.drain(..).map(|timeline| timeline.live).sum::<i64>();
    }
}
