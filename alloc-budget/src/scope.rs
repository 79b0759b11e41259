//! Entering and leaving a measured scope: nesting, peaks, and the tripwire.

use std::cell::{Cell, UnsafeCell};

use crate::array::Array;
use crate::budget::{Limit, Measurement};
use crate::call_sites::{Captures, Stack};
use crate::exempt::Unseen;
use crate::limits::Limits;
use crate::settings::State;
use crate::tally::{self, Counters, Tripwire};

/// One event of the allocator that passed the tripwire. Addresses and sizes, as the allocator saw them.
pub(crate) enum Event {
    Allocation { block: usize, size: usize },
    Reallocation { block: usize, size: usize, old_block: usize },
    Deallocation { block: usize, size: usize },
}

/// A scope that has been entered and not left.
#[derive(Clone, Copy)]
struct Open {
    serial: u64,
    entry: Counters,
    limits: Limits,
    /// Capture every allocation, not only those past a limit.
    trace_all: bool,
    outer_peak: i64,
    outer_tripwire: Tripwire,
    captures: Captures,
}

struct Scopes {
    open: Array<Open>,
    serial: u64,
    /// The scopes below this depth are exempt from what happens now.
    floor: usize,
}

thread_local! {
    // Like the tally without a destructor, so that scopes work to the very end of a thread.
    static SCOPES: UnsafeCell<Scopes> = const { UnsafeCell::new(Scopes { open: Array::EMPTY, serial: 0, floor: 0 }) };

    // The destructor that `SCOPES` must not have. A scope opened after it ran leaves its memory behind.
    static CLEANUP: Cleanup = const { Cleanup(Cell::new(())) };
}

/// The thread's open scopes. Followed like [`tally::current`]: never across a call that could allocate.
#[inline(always)]
fn scopes() -> *mut Scopes {
    SCOPES.with(UnsafeCell::get)
}

struct Cleanup(Cell<()>);

impl Drop for Cleanup {
    fn drop(&mut self) {
        truncate(0);
        // SAFETY: `Array::free` calls `System` only, which does not come back here.
        unsafe { (*scopes()).open.free() };
    }
}

/// Drops the scopes above a depth, with what they captured.
fn truncate(depth: usize) {
    // SAFETY: `Captures::free` calls `System` only, which does not come back here.
    unsafe {
        let open = &mut (*scopes()).open;
        for scope in open.as_mut_slice().iter_mut().skip(depth) {
            scope.captures.free();
        }
        open.truncate(depth);
    }
}

#[cold]
#[inline(never)]
fn grow() {
    // Registering the destructor may allocate.
    let _unseen = Unseen::enter();
    let _ = CLEANUP.try_with(|cleanup| cleanup.0.set(()));
    // SAFETY: `Array::grow` calls `System` only, which does not come back here.
    if !unsafe { (*scopes()).open.grow() } {
        std::alloc::handle_alloc_error(std::alloc::Layout::new::<Open>());
    }
}

/// An open scope. Dropped before it was left, it closes without a result: a panic unwinds through it.
pub(crate) struct Scope {
    depth: usize,
    /// 0 once it is closed.
    serial: u64,
}

/// What a scope leaves behind.
#[derive(Clone, Copy)]
pub(crate) struct Closed {
    pub(crate) measurement: Measurement,
    pub(crate) limits: Limits,
    pub(crate) captures: Captures,
}

impl Closed {
    /// Itself, where a limit was passed.
    #[inline(always)]
    pub(crate) fn overage(mut self) -> Option<Self> {
        if self.limits.admit(&self.measurement) {
            self.captures.free();
            return None;
        }
        Some(self)
    }
}

impl Scope {
    pub(crate) const CLOSED: Self = Self { depth: 0, serial: 0 };

    #[inline(always)]
    pub(crate) fn enter(limits: Limits, state: State) -> Self {
        // SAFETY: `grow` is called with no reference held; all else are plain accesses to what belongs to
        // this thread, between which nothing allocates.
        unsafe {
            if (*scopes()).open.is_full() {
                grow();
            }
            let (tally, scopes) = (tally::current(), scopes());
            let (entry, outer_tripwire) = ((*tally).counters, (*tally).tripwire);
            let depth = (*scopes).open.len();
            (*scopes).serial += 1;
            let serial = (*scopes).serial;
            let trace_all = state == State::TraceAll && limits != Limits::NONE;
            (*scopes).open.push_within_capacity(Open {
                serial,
                entry,
                limits,
                trace_all,
                outer_peak: (*tally).peak,
                outer_tripwire,
                captures: Captures::NONE,
            });
            (*tally).peak = entry.live();
            if trace_all {
                let all = Limits { max: 0, ..limits };
                (*tally).tripwire = tighten(outer_tripwire, &entry, &all);
            } else if state == State::TraceOverage {
                (*tally).tripwire = tighten(outer_tripwire, &entry, &limits);
            }
            Self { depth, serial }
        }
    }

    /// Closes the scope. `None` where it is closed already, or an outer one was closed before it.
    #[inline(always)]
    pub(crate) fn leave(&mut self) -> Option<Closed> {
        let serial = std::mem::take(&mut self.serial);
        // SAFETY: plain accesses to what belongs to this thread, between which nothing allocates; `truncate`
        // is called with no reference held.
        unsafe {
            let (tally, scopes) = (tally::current(), scopes());
            let open = match (*scopes).open.as_slice().get(self.depth) {
                Some(open) if open.serial == serial => *open,
                _ => return None,
            };
            if (*scopes).open.len() > self.depth + 1 {
                truncate(self.depth + 1);
            }
            (*scopes).open.truncate(self.depth);
            let (now, peak) = ((*tally).counters, (*tally).peak);
            (*tally).peak = peak.max(open.outer_peak);
            (*tally).tripwire = open.outer_tripwire;
            Some(Closed {
                measurement: difference(&now, peak, &open.entry),
                limits: open.limits,
                captures: open.captures,
            })
        }
    }
}

impl Drop for Scope {
    #[inline(always)]
    fn drop(&mut self) {
        if self.serial != 0 {
            self.abandon();
        }
    }
}

impl Scope {
    #[cold]
    fn abandon(&mut self) {
        if let Some(mut closed) = self.leave() {
            closed.captures.free();
        }
    }
}

#[inline(always)]
fn difference(now: &Counters, peak: i64, entry: &Counters) -> Measurement {
    // Below zero only where `Unseen` took deallocations back that are still to come.
    let count = |now: i64, entry: i64| (now - entry).max(0).cast_unsigned();
    Measurement {
        allocations: count(now.allocations, entry.allocations),
        reallocations: count(now.reallocations, entry.reallocations),
        deallocations: count(now.deallocations, entry.deallocations),
        bytes_allocated: count(now.bytes_allocated, entry.bytes_allocated),
        peak_bytes: count(peak, entry.live()),
        retained_bytes: now.live() - entry.live(),
    }
}

#[inline(always)]
fn tighten(outer: Tripwire, entry: &Counters, limits: &Limits) -> Tripwire {
    let threshold = |entry: i64, limit: u64| entry.saturating_add_unsigned(limit);
    Tripwire {
        allocations: outer.allocations.min(threshold(entry.allocations, limits.max)),
        reallocations: outer.reallocations.min(threshold(entry.reallocations, limits.max_reallocs)),
        deallocations: outer.deallocations.min(threshold(entry.deallocations, limits.max_deallocs)),
        bytes_allocated: outer.bytes_allocated.min(threshold(entry.bytes_allocated, limits.max_bytes)),
        live: outer.live.min(threshold(entry.live(), limits.max_peak_bytes.min(limits.max_retained_bytes))),
    }
}

/// The limits that an event takes its scope past, as bits.
fn passed(now: &Counters, open: &Open, event: &Event) -> u8 {
    let past = |limit: Limit, now: i64, entry: i64| {
        if now > entry.saturating_add_unsigned(open.limits.get(limit)) { limit.bit() } else { 0 }
    };
    let entry = &open.entry;
    let allocation = || {
        past(Limit::Allocations, now.allocations, entry.allocations)
            | past(Limit::Bytes, now.bytes_allocated, entry.bytes_allocated)
            | past(Limit::PeakBytes, now.live(), entry.live())
            | past(Limit::RetainedBytes, now.live(), entry.live())
    };
    let deallocation = || past(Limit::Deallocations, now.deallocations, entry.deallocations);
    match event {
        Event::Allocation { .. } => allocation(),
        Event::Reallocation { .. } => {
            allocation() | deallocation() | past(Limit::Reallocations, now.reallocations, entry.reallocations)
        }
        Event::Deallocation { .. } => deallocation(),
    }
}

/// Looks closer at an event that passed the tripwire, and notes where it came from in each scope that it
/// takes past a limit.
#[cold]
#[inline(never)]
pub(crate) fn tripped(event: &Event) {
    // SAFETY: plain accesses to what belongs to this thread.
    let (now, floor) = unsafe { ((*tally::current()).counters, (*scopes()).floor) };
    // Nothing that happens below counts, nor can it trip again.
    let unseen = Unseen::enter();
    let mut stack = Stack::EMPTY;
    let mut watching = false;
    // SAFETY: the event came from outside of this module, so nobody holds a reference; and no scope is entered
    // or left below: what is called there allocates with `System` only.
    for scope in unsafe { (*scopes()).open.as_mut_slice() }.iter_mut().skip(floor) {
        if watching {
            scope.outer_tripwire.deallocations = i64::MIN;
        }
        scope.captures.forget_block(event);
        let passed = passed(&now, scope, event);
        let traced = scope.trace_all && !matches!(event, Event::Deallocation { .. });
        if passed != 0 || traced {
            scope.captures.note(event, passed, traced, stack.get());
        }
        watching |= scope.captures.watches_blocks();
    }
    drop(unseen);
    if watching {
        // A block that may turn out to be retained is followed until it is freed.
        // SAFETY: a plain access to the thread's own tally.
        unsafe { (*tally::current()).tripwire.deallocations = i64::MIN };
    }
}

/// Exempts the scopes that are open from what happens from now on. Returns the value for [`set_floor`] that
/// ends it.
pub(crate) fn raise_floor() -> usize {
    // SAFETY: plain accesses to what belongs to this thread.
    unsafe { std::mem::replace(&mut (*scopes()).floor, (*scopes()).open.len()) }
}

pub(crate) fn set_floor(floor: usize) {
    // SAFETY: a plain write to what belongs to this thread.
    unsafe { (*scopes()).floor = floor };
}
