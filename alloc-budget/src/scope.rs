//! Entering and leaving a measured scope: nesting, peaks, and the tripwire.

use std::cell::{Cell, UnsafeCell};

use crate::array::Array;
use crate::budget::{Limit, Measurement};
use crate::call_sites::{Captures, Stack};
use crate::exempt::Exempt;
use crate::limits::Limits;
use crate::settings::{self, State};
use crate::tally::{self, Counters, Tally, Tripwire};

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
    /// Which limits there are, as bits of [`Limit`]. Of `limits` and `outer_tripwire` only what belongs to these
    /// is written.
    limited: u8,
    /// An event took it past a limit: a closer look is due at its end.
    is_passed: bool,
    /// Capture every allocation, not only those past a limit.
    trace_all: bool,
    limits: Limits,
    outer_peak: i64,
    outer_tripwire: Tripwire,
    captures: Captures,
}

impl Open {
    const NONE: Self = Self {
        serial: 0,
        entry: Counters::ZERO,
        limited: 0,
        is_passed: false,
        trace_all: false,
        limits: Limits::NONE,
        outer_peak: 0,
        outer_tripwire: Tripwire::SLACK,
        captures: Captures::NONE,
    };
}

struct Scopes {
    /// The open scopes, `depth` of them; the others are room for more.
    slots: Array<Open>,
    depth: usize,
    /// Of the scope that was entered last.
    serial: u64,
    /// The scopes below this depth are exempt from what happens now.
    floor: usize,
}

thread_local! {
    // Like the tally without a destructor, so that scopes work to the very end of a thread.
    static SCOPES: UnsafeCell<Scopes> = const { UnsafeCell::new(Scopes { slots: Array::EMPTY, depth: 0, serial: 0, floor: 0 }) };

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
        // SAFETY: nothing below comes back here: captures and slots are memory of `System`.
        unsafe {
            truncate(&mut *tally::current(), &mut *scopes(), 0);
            (*scopes()).slots.free();
        }
    }
}

/// Ends the scopes from a depth on without a result.
#[cold]
fn truncate(tally: &mut Tally, scopes: &mut Scopes, depth: usize) {
    for scope in &mut scopes.slots.as_mut_slice()[depth..scopes.depth] {
        scope.captures.free();
        // What the outer scope had reached before.
        tally.peak = tally.peak.max(scope.outer_peak);
    }
    scopes.depth = depth;
}

/// Makes room for more scopes.
#[cold]
#[inline(never)]
fn grow() {
    // Registering the destructor may allocate.
    let _exempt = Exempt::enter();
    let _ = CLEANUP.try_with(|cleanup| cleanup.0.set(()));
    // SAFETY: nothing below comes back here: the slots are memory of `System`.
    let slots = unsafe { &mut (*scopes()).slots };
    let has_grown = slots.grow();
    while !slots.is_full() && slots.push(Open::NONE) {}
    if !has_grown {
        std::alloc::handle_alloc_error(std::alloc::Layout::new::<Open>());
    }
}

/// An open scope. Whoever entered it leaves it, also when a panic unwinds.
pub(crate) struct Scope {
    depth: usize,
    serial: u64,
}

/// What a scope leaves behind in which a limit was passed, if only for a moment.
#[derive(Clone, Copy)]
pub(crate) struct Closed {
    pub(crate) measurement: Measurement,
    pub(crate) limits: Limits,
    pub(crate) captures: Captures,
}

impl Closed {
    /// Itself, where a limit is passed at the end.
    pub(crate) fn overage(mut self) -> Option<Self> {
        if self.limits.admit(&self.measurement) {
            self.captures.free();
            return None;
        }
        Some(self)
    }
}

/// The limits that a counter's tripwire depends on.
const ALLOCATIONS: u8 = Limit::Allocations.bit();
const BYTES: u8 = Limit::Bytes.bit();
const LIVE: u8 = Limit::PeakBytes.bit() | Limit::RetainedBytes.bit();
const REALLOCATIONS: u8 = Limit::Reallocations.bit();
/// With a limit on retained bytes, blocks may have to be followed until they are freed.
const DEALLOCATIONS: u8 = Limit::Deallocations.bit() | Limit::RetainedBytes.bit();

// Which limits there are is a parameter, known where the attribute is expanded: a scope with one limit touches
// one part of the tripwire.
impl Scope {
    pub(crate) const CLOSED: Self = Self { depth: usize::MAX, serial: 0 };

    #[inline(always)]
    pub(crate) fn enter<const LIMITED: u8>(limits: &Limits, state: State) -> Self {
        Self::enter_with::<LIMITED>(limits, state, |now| now)
    }

    /// `begin` says, by the counters as they are, what they are counted from.
    #[inline(always)]
    fn enter_with<const LIMITED: u8>(
        limits: &Limits,
        state: State,
        begin: impl FnOnce(Counters) -> Counters,
    ) -> Self {
        // SAFETY: `grow` is called with no reference held; all else are plain accesses to what belongs to
        // this thread, between which nothing allocates.
        unsafe {
            if (*scopes()).depth == (*scopes()).slots.len() {
                grow();
            }
            let (tally, scopes) = (&mut *tally::current(), &mut *scopes());
            let depth = scopes.depth;
            scopes.depth = depth + 1;
            scopes.serial += 1;
            let open = &mut scopes.slots.as_mut_slice()[depth];
            open.serial = scopes.serial;
            open.entry = begin(tally.counters);
            open.limited = LIMITED;
            open.is_passed = false;
            open.trace_all = false;
            open.captures = Captures::NONE;
            open.outer_peak = tally.peak;
            let entry = &open.entry;
            tally.peak = tally.counters.live();
            if state == State::TraceAll && LIMITED != 0 {
                open.trace_all = true;
                open.outer_tripwire = tally.tripwire;
            }
            let (outer, tripwire) = (&mut open.outer_tripwire, &mut tally.tripwire);
            if LIMITED & ALLOCATIONS != 0 {
                open.limits.max = limits.max;
                outer.allocations = tripwire.allocations;
                tighten(&mut tripwire.allocations, entry.allocations, limits.max);
            }
            if LIMITED & BYTES != 0 {
                open.limits.max_bytes = limits.max_bytes;
                outer.bytes_allocated = tripwire.bytes_allocated;
                tighten(&mut tripwire.bytes_allocated, entry.bytes_allocated, limits.max_bytes);
            }
            if LIMITED & LIVE != 0 {
                open.limits.max_peak_bytes = limits.max_peak_bytes;
                open.limits.max_retained_bytes = limits.max_retained_bytes;
                outer.live = tripwire.live;
                let limit = limits.max_peak_bytes.min(limits.max_retained_bytes);
                tighten(&mut tripwire.live, entry.live(), limit);
            }
            if LIMITED & REALLOCATIONS != 0 {
                open.limits.max_reallocs = limits.max_reallocs;
                outer.reallocations = tripwire.reallocations;
                tighten(&mut tripwire.reallocations, entry.reallocations, limits.max_reallocs);
            }
            if LIMITED & DEALLOCATIONS != 0 {
                open.limits.max_deallocs = limits.max_deallocs;
                outer.deallocations = tripwire.deallocations;
                tighten(&mut tripwire.deallocations, entry.deallocations, limits.max_deallocs);
            }
            if open.trace_all {
                tighten(&mut tripwire.allocations, entry.allocations, 0);
            }
            Self { depth, serial: open.serial }
        }
    }

    pub(crate) fn is_open(&self) -> bool {
        self.depth != Self::CLOSED.depth
    }

    /// What the scope has done so far. It is the innermost one.
    #[inline]
    pub(crate) fn measurement(&self) -> Measurement {
        // SAFETY: plain accesses to what belongs to this thread, between which nothing allocates.
        unsafe {
            let (tally, scopes) = (&*tally::current(), &*scopes());
            match scopes.slots.as_slice().get(self.depth) {
                Some(open) => difference(&tally.counters, tally.peak, &open.entry),
                None => Measurement::default(),
            }
        }
    }

    /// Closes the scope, and all that was opened in it. `None` where no limit was passed; where the scope is
    /// closed already, an outer one having been closed before it; and without a scope.
    #[inline(always)]
    pub(crate) fn leave<const LIMITED: u8>(&self) -> Option<Closed> {
        let close = |tally: &mut Tally, open: &Open| {
            if open.is_passed || open.trace_all { Some(close(tally, open)) } else { None }
        };
        self.leave_with::<LIMITED, _>(close)?
    }

    #[inline(always)]
    fn leave_with<const LIMITED: u8, T>(&self, close: impl FnOnce(&mut Tally, &Open) -> T) -> Option<T> {
        // SAFETY: plain accesses to what belongs to this thread, between which nothing allocates.
        unsafe {
            let (tally, scopes) = (&mut *tally::current(), &mut *scopes());
            if self.depth >= scopes.depth || scopes.slots.as_slice()[self.depth].serial != self.serial {
                return None;
            }
            if scopes.depth > self.depth + 1 {
                truncate(tally, scopes, self.depth + 1);
            }
            scopes.depth = self.depth;
            let open = &scopes.slots.as_slice()[self.depth];
            let (outer, tripwire) = (&open.outer_tripwire, &mut tally.tripwire);
            if LIMITED & ALLOCATIONS != 0 {
                tripwire.allocations = outer.allocations;
            }
            if LIMITED & BYTES != 0 {
                tripwire.bytes_allocated = outer.bytes_allocated;
            }
            if LIMITED & LIVE != 0 {
                tripwire.live = outer.live;
            }
            if LIMITED & REALLOCATIONS != 0 {
                tripwire.reallocations = outer.reallocations;
            }
            if LIMITED & DEALLOCATIONS != 0 {
                tripwire.deallocations = outer.deallocations;
            }
            if open.trace_all {
                tally.tripwire = open.outer_tripwire;
            }
            let closed = close(tally, open);
            tally.peak = tally.peak.max(open.outer_peak);
            Some(closed)
        }
    }
}

/// The running totals of what is measured in pieces: a future, poll by poll, on whichever threads.
pub(crate) struct Running {
    counters: Counters,
    /// Above what was live when it began.
    peak: i64,
    captures: Captures,
}

impl Running {
    pub(crate) const NONE: Self = Self { counters: Counters::ZERO, peak: 0, captures: Captures::NONE };

    /// Measures one more piece.
    pub(crate) fn add<const LIMITED: u8, T>(
        &mut self,
        limits: &Limits,
        state: State,
        piece: impl FnOnce() -> T,
    ) -> T {
        let scope = Scope::enter_with::<LIMITED>(limits, state, |now| now.less(&self.counters));
        scope.hand_in(self);
        // A panic closes the scope, and what was captured goes with it.
        let entered = Entered::<LIMITED>(scope);
        let value = piece();
        let before = std::mem::replace(self, Self::NONE);
        let running = entered.0.leave_with::<LIMITED, _>(|tally, open| Self {
            counters: tally.counters.less(&open.entry),
            peak: before.peak.max(tally.peak - open.entry.live()),
            captures: open.captures,
        });
        if let Some(running) = running {
            *self = running;
        }
        value
    }

    pub(crate) fn measurement(&self) -> Measurement {
        difference(&self.counters, self.peak, &Counters::ZERO)
    }

    /// After the last piece. `None` where no limit was passed.
    pub(crate) fn close<const LIMITED: u8>(mut self, limits: &Limits) -> Option<Closed> {
        let captures = std::mem::replace(&mut self.captures, Captures::NONE);
        Closed { measurement: self.measurement(), limits: limits.only(LIMITED), captures }.overage()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.captures.free();
    }
}

impl Scope {
    /// What earlier pieces captured goes on in this one.
    fn hand_in(&self, running: &mut Running) {
        let captures = std::mem::replace(&mut running.captures, Captures::NONE);
        // SAFETY: plain accesses to what belongs to this thread, between which nothing allocates.
        unsafe {
            let open = &mut (&mut *scopes()).slots.as_mut_slice()[self.depth];
            open.captures = captures;
            if captures.watches_blocks() {
                (*tally::current()).tripwire.deallocations = i64::MIN;
            }
        }
    }
}

#[cold]
#[inline(never)]
fn close(tally: &Tally, open: &Open) -> Closed {
    Closed {
        measurement: difference(&tally.counters, tally.peak, &open.entry),
        limits: open.limits.only(open.limited),
        captures: open.captures,
    }
}

#[inline(always)]
fn tighten(tripwire: &mut i64, entry: i64, limit: u64) {
    let threshold = entry.saturating_add_unsigned(limit);
    if threshold < *tripwire {
        *tripwire = threshold;
    }
}

/// Leaves a scope when it is dropped, for those who call what may panic.
pub(crate) struct Entered<const LIMITED: u8>(Scope);

impl<const LIMITED: u8> Entered<LIMITED> {
    pub(crate) fn new(limits: &Limits, state: State) -> Self {
        Self(Scope::enter::<LIMITED>(limits, state))
    }

    pub(crate) fn measurement(&self) -> Measurement {
        self.0.measurement()
    }

    /// As [`Scope::leave`]; what is dropped then has been left.
    pub(crate) fn leave(&self) -> Option<Closed> {
        self.0.leave::<LIMITED>()
    }
}

impl<const LIMITED: u8> Drop for Entered<LIMITED> {
    fn drop(&mut self) {
        if let Some(mut closed) = self.leave() {
            closed.captures.free();
        }
    }
}

#[inline(always)]
fn difference(now: &Counters, peak: i64, entry: &Counters) -> Measurement {
    // Below zero only where `exempt::for_user` took deallocations back that are still to come.
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

/// The limits that an event takes its scope past, as bits.
fn passed(now: &Counters, open: &Open, event: &Event) -> u8 {
    let past = |limit: Limit, now: i64, entry: i64| {
        let is_past = now > entry.saturating_add_unsigned(open.limits.get(limit));
        if is_past { limit.bit() & open.limited } else { 0 }
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
    let exempt = Exempt::enter();
    let is_tracing = settings::state() != State::CountOnly;
    let mut stack = Stack::EMPTY;
    let mut watching = false;
    // SAFETY: the event came from outside of this module, so nobody holds a reference; and no scope is entered
    // or left below: what is called there allocates with `System` only.
    let Scopes { slots, depth, .. } = unsafe { &mut *scopes() };
    for scope in slots.as_mut_slice()[..*depth].iter_mut().skip(floor) {
        if watching {
            scope.outer_tripwire.deallocations = i64::MIN;
        }
        scope.captures.forget_block(event);
        let passed = passed(&now, scope, event);
        let traced = scope.trace_all && !matches!(event, Event::Deallocation { .. });
        scope.is_passed |= passed != 0;
        if is_tracing && (passed != 0 || traced) {
            scope.captures.note(event, passed, traced, stack.get());
        }
        watching |= scope.captures.watches_blocks();
    }
    drop(exempt);
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
    unsafe { std::mem::replace(&mut (*scopes()).floor, (*scopes()).depth) }
}

pub(crate) fn set_floor(floor: usize) {
    // SAFETY: a plain write to what belongs to this thread.
    unsafe { (*scopes()).floor = floor };
}
