//! Scopes of the whole process: what every thread allocates while one is open.
//!
//! While there is one, each thread adds its events to a slot of its own; a scope takes the
//! difference of two sums of them.

use std::mem::ManuallyDrop;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crate::count::array::Array;
use crate::count::counters::Counters;
use crate::count::event::Event;
use crate::count::everywhere;
use crate::count::limit::{Limit, passed};
use crate::count::slots::Slot;
use crate::count::thread_slot::SLOTS;
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
    let start = thread::with(|Thread { part, .. }| {
        if part.serial != newest {
            part.serial = newest;
            part.start = slot.counters();
        }
        part.start
    });
    SLOTS.add(slot, &event.counters());
    let done = slot.counters().less(&start);
    if WATCHED.concerns(event, &done) {
        capture(event, &done);
    }
}

/// Notes where an event came from in each scope that this thread alone has taken past a limit.
#[cold]
#[inline(never)]
fn capture(event: &Event, done: &Counters) {
    let _exempt = Exempt::enter();
    let mut stack = Stack::EMPTY;
    let frames = stack.get();
    let Some(mut open) = WATCHED.open.lock() else { return };
    for scope in open.as_mut_slice() {
        scope.captures.forget_block(event);
        let passed = passed(done, &scope.limits, scope.limited, event);
        let traced = scope.trace_all && !event.is_deallocation();
        if passed != 0 || traced {
            scope.captures.note(event, passed, traced, frames);
        }
    }
    WATCHED.publish(&open);
}

/// An open scope that captures where what passes its limits comes from.
#[derive(Clone, Copy)]
struct WatchedScope {
    serial: u64,
    limits: Limits,
    limited: u8,
    trace_all: bool,
    captures: Captures,
}

/// The scopes that capture, and what a thread must know of them to leave the lock alone.
struct Watched {
    open: ProcessLock<Array<WatchedScope>>,
    /// Of the scope that was entered last.
    serial: AtomicU64,
    tightest: [AtomicU64; Limit::ALL.len()],
    watches_blocks: AtomicBool,
}

static WATCHED: Watched = Watched {
    open: ProcessLock::new(Array::EMPTY),
    serial: AtomicU64::new(0),
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
    }

    /// After `open` has changed.
    fn publish(&self, open: &Array<WatchedScope>) {
        let scopes = open.as_slice();
        for limit in Limit::ALL {
            let limits = scopes.iter().map(|scope| {
                let traces = scope.trace_all && limit == Limit::Allocations;
                if traces { 0 } else { scope.limits.get(limit) }
            });
            self.tightest[limit as usize].store(limits.min().unwrap_or(u64::MAX), Ordering::Relaxed);
        }
        let watches_blocks = scopes.iter().any(|scope| scope.captures.watches_blocks());
        self.watches_blocks.store(watches_blocks, Ordering::Relaxed);
    }
}

/// An open scope of all threads. It ends where it is dropped.
pub(crate) struct AllThreads {
    serial: u64,
    base: Counters,
}

impl AllThreads {
    pub(crate) fn enter(limits: &Limits, limited: u8) -> Self {
        let serial = Self::register(limits, limited);
        everywhere::enter();
        Self { serial, base: SLOTS.total() }
    }

    /// Has what passes the limits captured, where that is wanted. Returns the scope's serial.
    fn register(limits: &Limits, limited: u8) -> u64 {
        // A lock may be memory of the global allocator.
        let _exempt = Exempt::enter();
        let state = mode::state();
        let trace_all = state == State::TraceAll;
        let serial = WATCHED.serial.fetch_add(1, Ordering::Relaxed) + 1;
        let Some(mut open) = WATCHED.open.lock() else { return serial };
        if limited != 0 && (trace_all || state == State::TraceOverage) {
            let (limits, captures) = (limits.only(limited), Captures::NONE);
            // Where the system has no memory left, nothing is captured.
            let _ = open.push(WatchedScope { serial, limits, limited, trace_all, captures });
        }
        WATCHED.publish(&open);
        serial
    }

    /// Keeps what has happened while the thread was resumed, when that is over before the scope is.
    pub(crate) fn keep(&mut self, resumed: &mut Resumed) {
        self.base = self.base.less(&resumed.take_back());
    }

    pub(crate) fn close(self, limits: &Limits, limited: u8) -> Closed {
        let counters = SLOTS.total().less(&self.base);
        let captures = ManuallyDrop::new(self).end();
        Closed::new(&counters, 0, limits.only(limited), captures)
    }

    fn end(&self) -> Captures {
        everywhere::leave();
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

impl Drop for AllThreads {
    fn drop(&mut self) {
        self.end().free();
    }
}

/// Runs `f` in a scope of all threads.
pub(crate) fn run<T>(limits: &Limits, limited: u8, f: impl FnOnce() -> T) -> (T, Closed) {
    let _resumed = Resumed::enter();
    let scope = AllThreads::enter(limits, limited);
    let value = f();
    (value, scope.close(limits, limited))
}

/// While it is there, what this thread does counts although it is exempt: for a scope that is
/// opened in there. To those around it it has not happened.
pub(crate) struct Resumed {
    /// Where the thread was exempt: which one it is, and what it had done. Apart, because a future
    /// keeps it, and hardly ever needs it.
    paused: Array<(usize, Counters)>,
}

impl Resumed {
    pub(crate) fn enter() -> Self {
        let mut paused = Array::EMPTY;
        // Where the system has no memory left, the thread stays exempt.
        if is_paused() && paused.push((thread::id(), slot().counters())) {
            thread::with(|thread| thread.part.is_paused = false);
        }
        Self { paused }
    }

    /// Takes back what has happened meanwhile, and says what that is; nothing on another thread, to
    /// which a body that waits unseen may have moved.
    fn take_back(&mut self) -> Counters {
        let paused = self.paused.as_slice().first().copied();
        self.paused.free();
        match paused {
            Some((thread, before)) if thread == thread::id() => {
                let slot = slot();
                let done = slot.counters().less(&before);
                SLOTS.add(slot, &Counters::ZERO.less(&done));
                thread::with(|thread| thread.part.is_paused = true);
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
