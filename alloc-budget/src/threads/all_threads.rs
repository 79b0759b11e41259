//! Scopes of the whole process: what every thread allocates while one is open.
//!
//! While there is one, each thread adds its events to a slot of its own; a scope takes the
//! difference of two sums of them. Nobody sees each sum there was, which a peak would take: a scope
//! that limits its peak has a number that all threads write to.

use std::alloc::{Layout, handle_alloc_error};
use std::mem::ManuallyDrop;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};

use crate::count::array::Array;
use crate::count::counters::Counters;
use crate::count::event::Event;
use crate::count::everywhere;
use crate::count::limit::{Limit, passed};
use crate::count::peaks::Peak;
use crate::count::slots::Slot;
use crate::count::thread_slot::{PEAKS, SLOTS};
use crate::limits::Limits;
use crate::scope::at_exit;
use crate::scope::exempt::Exempt;
use crate::scope::leave::Closed;
use crate::scope::mode::{self, State};
use crate::scope::process_lock::ProcessLock;
use crate::scope::thread::{self, Thread};
use crate::trace::captures::Captures;
use crate::trace::stack::Stack;

/// Whether nothing of what this thread does counts.
fn is_paused() -> bool {
    thread::with(|thread| thread.part.is_paused)
}

/// This thread's slot.
fn slot() -> &'static Slot {
    thread::with(|thread| thread.part.slot).unwrap_or_else(first_slot)
}

#[cold]
fn first_slot() -> &'static Slot {
    let own = if clean_up_from_here() { SLOTS.take() } else { None };
    let slot = own.unwrap_or(SLOTS.shared());
    thread::with(|thread| thread.part.slot = Some(slot));
    slot
}

/// Makes sure, from within the allocator, that the slot is given back.
fn clean_up_from_here() -> bool {
    // Elsewhere std remembers a thread's destructors in memory of the global allocator, and it may
    // be this memory that is being allocated. Threads that have opened a scope have a destructor
    // already.
    if cfg!(all(target_os = "linux", target_env = "gnu")) {
        at_exit::register()
    } else {
        at_exit::is_registered()
    }
}

/// Counts what this thread has done, or takes it back where it is negative.
pub(crate) fn add(counters: &Counters) {
    if everywhere::tripwire() < 0 && !is_paused() {
        SLOTS.add(slot(), counters);
        PEAKS.add(thread::with(|thread| thread.part.first), counters.live);
    }
}

/// Counts an event, while a scope is open.
#[inline(never)]
pub(crate) fn note(event: &Event) {
    if is_paused() {
        return;
    }
    let slot = slot();
    let newest = WATCHED.serial.load(Ordering::Relaxed);
    let (start, first) = thread::with(|Thread { part, .. }| {
        if part.serial != newest {
            part.serial = newest;
            part.start = slot.counters();
        }
        (part.start, part.first)
    });
    let counters = event.counters();
    SLOTS.add(slot, &counters);
    let is_past_peak = PEAKS.add(first, counters.live);
    let done = slot.counters().less(&start);
    if is_past_peak && mode::captured() & PEAK != 0 || WATCHED.concerns(event, &done) {
        capture(event, &done);
    }
}

/// Notes where an event came from in each scope that this thread alone has taken past a limit.
#[cold]
#[inline(never)]
fn capture(event: &Event, done: &Counters) {
    let _exempt = Exempt::enter();
    let mut stack = Stack::EMPTY;
    let captured = mode::captured();
    let frames = if captured == Limit::ANY { stack.get() } else { &[] };
    let Some(mut open) = WATCHED.open.lock() else { return };
    for scope in open.as_mut_slice() {
        scope.captures.forget_block(event);
        scope.captures.keep_misfreed(frames);
        let passed = scope.passed(done, event) & captured;
        let traced = scope.trace_all && !event.is_deallocation();
        if passed != 0 || traced {
            scope.captures.note(event, passed, traced, frames);
        }
    }
    WATCHED.publish(&open);
}

/// What the innermost scope would have done with a block that the system refused, where that had
/// been past one of the limits whose bits are set: the limits passed, what was done, the limits.
/// Once for each scope.
#[cold]
pub(crate) fn refused(event: &Event, of: u8) -> Option<(u8, Counters, Limits)> {
    if everywhere::tripwire() >= 0 || is_paused() {
        return None;
    }
    let _exempt = Exempt::enter();
    let (mut open, total, mut innermost) =
        (WATCHED.open.lock()?, SLOTS.total().plus(&event.counters()), None);
    for scope in open.as_mut_slice() {
        let done = total.less(&scope.base);
        let passed = passed(&done, &scope.limits, scope.limited & of, event);
        if passed != 0 && scope.captures.is_first_refusal() {
            innermost = Some((passed, done, scope.limits));
        }
    }
    innermost
}

/// An open scope that captures where what passes its limits comes from.
#[derive(Clone, Copy)]
struct WatchedScope {
    serial: i64,
    limits: Limits,
    limited: u8,
    trace_all: bool,
    captures: Captures,
    base: Counters,
    peak: Option<&'static Peak>,
}

impl WatchedScope {
    /// The limits that an event takes it past: its peak, or others by what one thread has `done`.
    fn passed(&self, done: &Counters, event: &Event) -> u8 {
        let is_past_peak =
            event.counters().live > 0 && self.peak.is_some_and(|peak| peak.live() > peak_limit(&self.limits));
        let past_peak = if is_past_peak { PEAK } else { 0 };
        passed(done, &self.limits, self.limited & !PEAK, event) | past_peak
    }
}

const PEAK: u8 = Limit::PeakBytes.bit();

fn peak_limit(limits: &Limits) -> i64 {
    i64::try_from(limits.max_peak_bytes).unwrap_or(i64::MAX)
}

/// The scopes that capture, and what a thread must know of them to leave the lock alone.
struct Watched {
    open: ProcessLock<Array<WatchedScope>>,
    /// Of the scope that was entered last.
    serial: AtomicI64,
    tightest: [AtomicU64; Limit::ALL.len()],
    watches_blocks: AtomicBool,
}

static WATCHED: Watched = Watched {
    open: ProcessLock::new(Array::EMPTY),
    serial: AtomicI64::new(0),
    tightest: [const { AtomicU64::new(u64::MAX) }; Limit::ALL.len()],
    watches_blocks: AtomicBool::new(false),
};

impl Watched {
    fn concerns(&self, event: &Event, done: &Counters) -> bool {
        let watched = self.watches_blocks.load(Ordering::Relaxed) && event.frees();
        let past = |limit: Limit, value: i64| {
            let tightest = self.tightest[limit as usize].load(Ordering::Relaxed);
            tightest != u64::MAX && u64::try_from(value).is_ok_and(|value| value > tightest)
        };
        watched
            || past(Limit::Allocations, done.allocations)
            || past(Limit::Bytes, done.bytes)
            || past(Limit::RetainedBytes, done.live)
            || past(Limit::Reallocations, done.reallocations)
            || past(Limit::Deallocations, done.deallocations)
            || past(Limit::BlockBytes, event.block_size())
            || self.is_limited(Limit::SurvivingBytes) && !event.is_deallocation()
    }

    fn is_limited(&self, limit: Limit) -> bool {
        self.tightest[limit as usize].load(Ordering::Relaxed) != u64::MAX
    }

    /// After `open` has changed.
    fn publish(&self, open: &Array<WatchedScope>) {
        let (scopes, captured) = (open.as_slice(), mode::captured());
        for limit in Limit::ALL {
            let limits = scopes.iter().map(|scope| {
                let traces = scope.trace_all && limit == Limit::Allocations;
                if traces { 0 } else { scope.limits.only(captured).get(limit) }
            });
            self.tightest[limit as usize].store(limits.min().unwrap_or(u64::MAX), Ordering::Relaxed);
        }
        let watches_blocks = scopes.iter().any(|scope| scope.captures.watches_blocks());
        self.watches_blocks.store(watches_blocks, Ordering::Relaxed);
    }
}

/// An open scope of all threads. It ends where it is dropped.
pub(crate) struct AllThreads {
    serial: i64,
    base: Counters,
}

impl AllThreads {
    pub(crate) fn enter(limits: &Limits, limited: u8) -> Self {
        let serial = WATCHED.serial.fetch_add(1, Ordering::Relaxed) + 1;
        // Without a limit everything is measured, and a record has everything.
        let has_peak =
            limited == 0 || mode::is_recorded() || limited & PEAK != 0 && limits.max_peak_bytes != u64::MAX;
        let peak = has_peak.then(|| {
            let taken = PEAKS.take(serial, peak_limit(limits));
            taken.unwrap_or_else(|| handle_alloc_error(Layout::new::<Peak>()))
        });
        let base = SLOTS.total();
        register(serial, limits, limited, base, peak);
        everywhere::enter();
        Self { serial, base }
    }

    /// Goes on with it on this thread, although it may be exempt.
    pub(crate) fn resume(&self) -> Resumed {
        Resumed::enter(self.serial)
    }

    /// Keeps what has happened while the thread was resumed, when that is over before the scope is.
    pub(crate) fn keep(&mut self, resumed: &mut Resumed) {
        self.base = self.base.less(&resumed.take_back());
    }

    pub(crate) fn close(self, limits: &Limits, limited: u8) -> Closed {
        let counters = SLOTS.total().less(&self.base);
        let peak = PEAKS.of(self.serial).map_or(0, Peak::highest);
        let captures = ManuallyDrop::new(self).end();
        Closed::new(&counters, peak, limits.only(limited), captures)
    }

    fn end(&self) -> Captures {
        everywhere::leave();
        PEAKS.of(self.serial).inspect(|peak| peak.give_back());
        let _exempt = Exempt::enter();
        let Some(mut open) = WATCHED.open.lock() else { return Captures::NONE };
        let at = open.as_slice().iter().position(|scope| scope.serial == self.serial);
        let captures = at.map_or(Captures::NONE, |at| {
            let captures = open.as_slice()[at].captures;
            open.swap_remove(at);
            captures
        });
        WATCHED.publish(&open);
        captures
    }
}

/// Has what passes the limits captured, where that is wanted.
fn register(serial: i64, limits: &Limits, limited: u8, base: Counters, peak: Option<&'static Peak>) {
    // A lock may be memory of the global allocator.
    let _exempt = Exempt::enter();
    let Some(mut open) = WATCHED.open.lock() else { return };
    if limited != 0 {
        let (limits, captures, trace_all) =
            (limits.only(limited), Captures::NONE, mode::state() == State::TraceAll);
        // Where the system has no memory left, nothing is captured.
        let _ = open.push(WatchedScope { serial, limits, limited, trace_all, captures, base, peak });
    }
    WATCHED.publish(&open);
}

impl Drop for AllThreads {
    fn drop(&mut self) {
        self.end().free();
    }
}

/// No scope that is open has it, or a higher one.
pub(crate) fn next_serial() -> i64 {
    WATCHED.serial.load(Ordering::Relaxed) + 1
}

/// Runs `f` in a scope of all threads.
pub(crate) fn run<T>(limits: &Limits, limited: u8, f: impl FnOnce() -> T) -> (T, Closed) {
    let _resumed = Resumed::enter(next_serial());
    let scope = AllThreads::enter(limits, limited);
    let value = f();
    (value, scope.close(limits, limited))
}

/// While it is there, what this thread does counts although it is exempt: for a scope that is
/// opened in there. To those around it it has not happened.
pub(crate) struct Resumed {
    /// Where the thread was exempt: which one it is, the scopes whose peaks it was in, and what it
    /// had done. Apart, because a future keeps it, and hardly ever needs it.
    paused: Array<(usize, i64, Counters)>,
}

impl Resumed {
    /// `first` is the serial of the first scope for which it counts.
    pub(crate) fn enter(first: i64) -> Self {
        let mut paused = Array::EMPTY;
        let before = thread::with(|thread| thread.part.first);
        // Where the system has no memory left, the thread stays exempt.
        if is_paused() && paused.push((thread::id(), before, slot().counters())) {
            thread::with(|Thread { part, .. }| (part.is_paused, part.first) = (false, first));
        }
        Self { paused }
    }

    /// Takes back what has happened meanwhile, and says what that is; nothing on another thread, to
    /// which a body that waits unseen may have moved.
    fn take_back(&mut self) -> Counters {
        let paused = self.paused.as_slice().first().copied();
        self.paused.free();
        match paused {
            Some((thread, first, before)) if thread == thread::id() => {
                let slot = slot();
                let done = slot.counters().less(&before);
                SLOTS.add(slot, &Counters::ZERO.less(&done));
                thread::with(|Thread { part, .. }| (part.is_paused, part.first) = (true, first));
                done
            }
            _ => Counters::ZERO,
        }
    }
}

impl Drop for Resumed {
    fn drop(&mut self) {
        self.take_back();
    }
}
