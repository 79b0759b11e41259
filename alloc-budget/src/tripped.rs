//! What an event means that is worth a closer look.

use crate::all_threads;
use crate::budget::Limit;
use crate::call_sites::Stack;
use crate::exempt::Exempt;
use crate::limits::Limits;
use crate::scope::Scopes;
use crate::settings::{self, State};
use crate::tally::{Counters, PLENTY, Tally, signed};
use crate::thread::{self, Thread};

/// One event of the allocator. Addresses and sizes, as the allocator saw them.
pub(crate) enum Event {
    Allocation { block: usize, size: usize },
    Reallocation { block: usize, size: usize, old_block: usize, old_size: usize },
    Deallocation { block: usize, size: usize },
}

impl Event {
    pub(crate) fn is_deallocation(&self) -> bool {
        matches!(self, Self::Deallocation { .. })
    }

    pub(crate) fn frees(&self) -> bool {
        !matches!(self, Self::Allocation { .. })
    }

    /// What it adds to the counters.
    pub(crate) fn counters(&self) -> Counters {
        let none = Counters::ZERO;
        match *self {
            Self::Allocation { size, .. } => {
                Counters { allocations: 1, bytes: signed(size), live: signed(size), ..none }
            }
            Self::Reallocation { size, old_size, .. } => Counters {
                allocations: 1,
                reallocations: 1,
                deallocations: 1,
                bytes: signed(size),
                live: signed(size) - signed(old_size),
            },
            Self::Deallocation { size, .. } => Counters { deallocations: 1, live: -signed(size), ..none },
        }
    }
}

// The allocator calls one of these with what it has at hand: to build an event there would cost every call a frame.

#[cold]
#[inline(never)]
pub(crate) fn allocation(block: *mut u8, size: usize) {
    note(&Event::Allocation { block: block.addr(), size });
}

#[cold]
#[inline(never)]
pub(crate) fn reallocation(old_block: usize, old_size: usize, block: *mut u8, size: usize) {
    note(&Event::Reallocation { block: block.addr(), size, old_block, old_size });
}

#[cold]
#[inline(never)]
pub(crate) fn deallocation(block: *mut u8, size: usize) {
    note(&Event::Deallocation { block: block.addr(), size });
}

/// Notes where an event came from in each scope that it takes past a limit.
fn note(event: &Event) {
    if all_threads::open() < 0 {
        all_threads::note(event);
    }
    // SAFETY: a plain access to what belongs to this thread.
    let now = unsafe { (*thread::current()).tally };
    if !now.is_past() {
        return;
    }
    // Nothing that happens below counts, nor can it come back here.
    let exempt = Exempt::enter();
    let is_tracing = settings::state() != State::CountOnly;
    let mut stack = Stack::EMPTY;
    // SAFETY: the event came from outside of this crate's bookkeeping, so nobody holds a reference; and no scope is
    // entered or left below: what is called there allocates with `System` only.
    let scopes = unsafe { &mut (*thread::current()).scopes };
    let mut left = now.left;
    for scope in scopes.open()[exempt.floor()..].iter_mut().rev() {
        let counters = scope.counters(&left, now.live());
        // What it withholds is nothing that those around it have used.
        left = left.plus(&scope.withheld());
        if now.is_live_past() && !event.is_deallocation() {
            scope.note_peak(now.live());
        }
        scope.captures.forget_block(event);
        let passed = passed(&counters, &scope.limits, scope.limited(), event);
        let traced = scope.trace_all && !event.is_deallocation();
        if passed != 0 {
            scope.set_eventful();
        }
        if is_tracing && (passed != 0 || traced) {
            scope.captures.note(event, passed, traced, stack.get());
        }
    }
    drop(exempt);
    // SAFETY: as above.
    let Thread { tally, scopes, .. } = unsafe { &mut *thread::current() };
    scopes.watch(tally);
}

/// The limits that an event takes its scope past, as bits.
pub(crate) fn passed(counters: &Counters, limits: &Limits, limited: u8, event: &Event) -> u8 {
    let past = |limit: Limit, value: i64| {
        let is_past = u64::try_from(value).is_ok_and(|value| value > limits.get(limit));
        if is_past { limit.bit() & limited } else { 0 }
    };
    let allocation = || {
        past(Limit::Allocations, counters.allocations)
            | past(Limit::Bytes, counters.bytes)
            | past(Limit::PeakBytes, counters.live)
            | past(Limit::RetainedBytes, counters.live)
    };
    let deallocation = || past(Limit::Deallocations, counters.deallocations);
    match event {
        Event::Allocation { .. } => allocation(),
        Event::Reallocation { .. } => {
            allocation() | deallocation() | past(Limit::Reallocations, counters.reallocations)
        }
        Event::Deallocation { .. } => deallocation(),
    }
}

impl Scopes {
    /// A block that may turn out to be retained is followed until it is freed: has every deallocation looked at, from
    /// the outermost scope on that follows one.
    pub(crate) fn watch(&mut self, tally: &mut Tally) {
        let open = self.counting();
        let Some(first) = open.iter().position(|open| open.captures.watches_blocks()) else { return };
        let so_far = open.iter().position(|open| open.watches);
        if so_far.is_some_and(|so_far| so_far <= first) {
            return;
        }
        // What one scope withholds, those inside of it do not find when they begin.
        let end = so_far.unwrap_or(open.len());
        for scope in &mut open[first..end] {
            scope.deallocations.shift(-PLENTY);
        }
        match so_far {
            Some(inner) => {
                open[inner].watches = false;
                open[inner].deallocations.withhold_more(-PLENTY);
            }
            None => tally.left.deallocations -= PLENTY,
        }
        open[first].watch();
    }
}
