//! Entering and leaving a measured scope.

use std::alloc::{Layout, handle_alloc_error};
use std::ptr;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::array::Array;
use crate::budget::{Limit, Measurement};
use crate::call_sites::Captures;
use crate::exempt::Exempt;
use crate::handle::{Around, Remote};
use crate::limits::Limits;
use crate::settings::{self, State};
use crate::tally::{Counters, Left, PLENTY, Tally};
use crate::thread::{self, Thread};

/// One of the thread's counters, as a scope sees it. Apart, and not four of each side by side: a copy of several at once
/// would have to wait for the counters that have just been written one by one.
#[derive(Clone, Copy)]
pub(crate) struct Counter {
    /// What was left when the scope was entered and had taken what it withholds.
    pub(crate) start: i64,
    pub(crate) withheld: i64,
}

impl Counter {
    const NONE: Self = Self { start: 0, withheld: 0 };

    /// Lets only `limit` be left.
    #[inline(always)]
    fn withhold(&mut self, left: &mut i64, limit: u64) {
        self.withheld = 0;
        if limit < PLENTY.cast_unsigned() && limit.cast_signed() < *left {
            self.withheld = *left - limit.cast_signed();
            *left = limit.cast_signed();
        }
    }
}

/// A scope that has been entered and not left.
#[derive(Clone, Copy)]
pub(crate) struct Open {
    /// Tells it from other scopes of the thread.
    serial: u64,
    /// Which limits there are, as bits of [`Limit`]. Of `limits`, `outer_live_limit` and what the counters withhold only
    /// what belongs to these is written.
    pub(crate) limited: u8,
    /// There is more to do at its end than to give back what it withheld. What follows of it is as in [`Open::NONE`]
    /// until then.
    pub(crate) is_eventful: bool,
    /// Every allocation is captured, not only those past a limit.
    pub(crate) trace_all: bool,
    /// It withholds every deallocation from the scopes inside, to follow blocks until they are freed.
    pub(crate) watches: bool,
    pub(crate) captures: Captures,
    /// The highest number of live bytes of those past a limit of any scope.
    pub(crate) noted_peak: i64,
    /// What other threads do for it.
    pub(crate) remote: Remote,
    /// What it is a piece of, itself on another thread.
    pub(crate) piece_of: Remote,
    pub(crate) allocations: Counter,
    pub(crate) reallocations: Counter,
    pub(crate) deallocations: Counter,
    pub(crate) bytes: Counter,
    pub(crate) entry_live: i64,
    outer_mark: i64,
    outer_live_limit: i64,
    pub(crate) limits: Limits,
}

impl Open {
    const NONE: Self = Self {
        serial: NO_SERIAL,
        limited: 0,
        is_eventful: false,
        trace_all: false,
        watches: false,
        captures: Captures::NONE,
        noted_peak: i64::MIN,
        remote: Remote::NONE,
        piece_of: Remote::NONE,
        allocations: Counter::NONE,
        reallocations: Counter::NONE,
        deallocations: Counter::NONE,
        bytes: Counter::NONE,
        entry_live: 0,
        outer_mark: 0,
        outer_live_limit: 0,
        limits: Limits::NONE,
    };

    /// What has happened in it so far, where `left` is what it and those inside of it have not withheld.
    pub(crate) fn counters(&self, left: &Left, live: i64) -> Counters {
        Counters::new(&self.start().less(left), live - self.entry_live)
    }

    fn start(&self) -> Left {
        Left {
            allocations: self.allocations.start,
            reallocations: self.reallocations.start,
            deallocations: self.deallocations.start,
            bytes: self.bytes.start,
        }
    }

    pub(crate) fn note_peak(&mut self, live: i64) {
        self.is_eventful = true;
        self.noted_peak = self.noted_peak.max(live);
    }

    /// Makes it as if something had happened in it already.
    pub(crate) fn begin_with(&mut self, counters: &Counters) {
        self.allocations.start += counters.allocations;
        self.reallocations.start += counters.reallocations;
        self.deallocations.start += counters.deallocations;
        self.bytes.start += counters.bytes;
        self.entry_live -= counters.live;
    }
}

/// The thread's open scopes, innermost last.
pub(crate) struct Scopes {
    /// The first slot stands for no scope; then come the open scopes, and room for more.
    slots: Array<Open>,
    /// Where the next scope goes.
    top: *mut Open,
    end: *mut Open,
    /// Of the scope that was entered last. No two scopes of the process have the same one: a coroutine may take a scope
    /// along to another thread.
    serial: u64,
    /// So many scopes are exempt from what happens now.
    floor: usize,
}

/// That of no scope, and of one that can't be ended now.
const NO_SERIAL: u64 = 0;

/// The slot below the first scope, before there are others.
static NO_SCOPE: Unwritten = Unwritten(Open::NONE);

struct Unwritten(Open);

// SAFETY: nobody writes to it: its serial is that of no scope.
unsafe impl Sync for Unwritten {}

impl Scopes {
    pub(crate) const NONE: Self = {
        let top = (&raw const NO_SCOPE.0).cast_mut().wrapping_add(1);
        Self { slots: Array::EMPTY, top, end: top, serial: 0, floor: 0 }
    };

    fn depth(&self) -> usize {
        let room = (self.end.addr() - self.top.addr()) / size_of::<Open>();
        self.slots.len().saturating_sub(room + 1)
    }

    /// The open scopes, outermost first.
    pub(crate) fn open(&mut self) -> &mut [Open] {
        let depth = self.depth();
        match self.slots.as_mut_slice() {
            [_, rest @ ..] => &mut rest[..depth],
            [] => &mut [],
        }
    }

    /// Those that are not exempt from what happens now.
    pub(crate) fn counting(&mut self) -> &mut [Open] {
        let floor = self.floor;
        &mut self.open()[floor..]
    }

    /// What is left of the limits of the scopes that count, and which limits there are.
    pub(crate) fn limits_left(&mut self, tally: &Tally) -> (Limits, u8) {
        let (mut limits, mut limited) = (Limits::NONE, 0);
        let mut left = tally.left;
        for open in self.counting().iter().rev() {
            let counters = open.counters(&left, tally.live());
            left = left.plus(&open.withheld());
            limits = limits.min(&open.limits.less(&counters).only(open.limited));
            limited |= open.limited;
        }
        (limits, limited)
    }

    /// Notes for the scopes that count that there were so many live bytes on top of any that they have had.
    pub(crate) fn note_on_top(&mut self, tally: &Tally, bytes: i64) {
        let mut peak = tally.mark();
        for open in self.counting().iter_mut().rev() {
            peak = peak.max(open.noted_peak);
            open.note_peak(peak + bytes);
            peak = peak.max(open.outer_mark);
        }
    }

    /// Exempts the scopes that are open from what happens from now on, their own ends included, until [`lower_floor`].
    pub(crate) fn raise_floor(&mut self) -> Floor {
        let depth = self.depth();
        let outer = std::mem::replace(&mut self.floor, depth);
        Floor { outer, innermost: self.rename_innermost(NO_SERIAL) }
    }

    /// Gives the innermost scope the serial number by which it is found, or none. Returns the one so far.
    fn rename_innermost(&mut self, serial: u64) -> u64 {
        self.open().last_mut().map_or(NO_SERIAL, |open| std::mem::replace(&mut open.serial, serial))
    }
}

/// Which scopes were exempt before more of them are.
pub(crate) struct Floor {
    outer: usize,
    innermost: u64,
}

impl Floor {
    /// So many of the open scopes were exempt before.
    pub(crate) fn outer(&self) -> usize {
        self.outer
    }
}

/// Undoes [`Scopes::raise_floor`], and ends the scopes that were entered since then and not left.
#[inline]
pub(crate) fn lower_floor(floor: &Floor) {
    // SAFETY: plain accesses to what belongs to this thread, between which nothing allocates.
    let scopes = unsafe {
        while !(*thread::current()).scopes.counting().is_empty() {
            discard_innermost();
        }
        &mut (*thread::current()).scopes
    };
    scopes.rename_innermost(floor.innermost);
    scopes.floor = floor.outer;
}

#[cold]
fn discard_innermost() {
    if let Some((_, ended)) = end_innermost() {
        ended.discard();
    }
}

/// At the end of a thread.
pub(crate) fn clean_up() {
    // The program may exit in an exempt stretch, which has no end then.
    // SAFETY: a plain write to what belongs to this thread.
    unsafe { (*thread::current()).scopes.floor = 0 };
    while let Some((_, ended)) = end_innermost() {
        ended.discard();
    }
    // SAFETY: plain writes to what belongs to this thread; the slots are memory of `System`.
    unsafe {
        let scopes = &mut (*thread::current()).scopes;
        scopes.slots.free();
        *scopes = Scopes { serial: scopes.serial, ..Scopes::NONE };
    }
}

/// The serial number before those of a thread's scopes.
fn serial_before_first() -> u64 {
    static THREADS: AtomicU64 = AtomicU64::new(0);
    // Should one of the two run out, a scope that was taken along might be found where it is not.
    THREADS.fetch_add(1, Ordering::Relaxed) << 44
}

/// Makes room for more scopes.
#[cold]
#[inline(never)]
fn grow() {
    // Registering the destructor may allocate.
    let _exempt = Exempt::enter();
    thread::clean_up_at_exit();
    // SAFETY: nothing below comes back here: the slots are memory of `System`.
    let scopes = unsafe { &mut (*thread::current()).scopes };
    if scopes.serial == NO_SERIAL {
        scopes.serial = serial_before_first();
    }
    let depth = scopes.depth();
    if !scopes.slots.grow() {
        handle_alloc_error(Layout::new::<Open>());
    }
    while !scopes.slots.is_full() && scopes.slots.push(Open::NONE) {}
    let slots = scopes.slots.as_mut_slice().as_mut_ptr_range();
    (scopes.top, scopes.end) = (slots.start.wrapping_add(depth + 1), slots.end);
}

/// The limits that a counter depends on.
const ALLOCATIONS: u8 = Limit::Allocations.bit();
const BYTES: u8 = Limit::Bytes.bit();
const LIVE: u8 = Limit::PeakBytes.bit() | Limit::RetainedBytes.bit();
const REALLOCATIONS: u8 = Limit::Reallocations.bit();
/// With a limit on retained bytes, blocks may have to be followed until they are freed.
const DEALLOCATIONS: u8 = Limit::Deallocations.bit() | Limit::RetainedBytes.bit();

/// An open scope. Whoever entered it leaves it, also when a panic unwinds.
#[derive(Clone, Copy)]
pub(crate) struct Scope {
    serial: u64,
}

// Which limits there are is a parameter, known where the attribute is expanded: a scope with one limit touches one
// counter.
impl Scope {
    pub(crate) const CLOSED: Self = Self { serial: u64::MAX };

    #[inline(always)]
    pub(crate) fn enter<const LIMITED: u8>(limits: &Limits) -> Self {
        let thread = thread::current();
        // SAFETY: `grow` is called with no reference held. Below `end` and `top` there are slots; all else are plain
        // accesses to what belongs to this thread, between which nothing allocates.
        unsafe {
            if (*thread).scopes.top == (*thread).scopes.end {
                grow();
            }
            let Thread { tally, scopes, .. } = &mut *thread;
            let open = &mut *scopes.top;
            scopes.top = scopes.top.wrapping_add(1);
            scopes.serial += 1;
            open.serial = scopes.serial;
            open.limited = LIMITED;
            let live = tally.live();
            open.entry_live = live;
            let left = &mut tally.left;
            if LIMITED & ALLOCATIONS != 0 {
                open.limits.max = limits.max;
                open.allocations.withhold(&mut left.allocations, limits.max);
            }
            if LIMITED & BYTES != 0 {
                open.limits.max_bytes = limits.max_bytes;
                open.bytes.withhold(&mut left.bytes, limits.max_bytes);
            }
            if LIMITED & REALLOCATIONS != 0 {
                open.limits.max_reallocs = limits.max_reallocs;
                open.reallocations.withhold(&mut left.reallocations, limits.max_reallocs);
            }
            if LIMITED & DEALLOCATIONS != 0 {
                open.limits.max_deallocs = limits.max_deallocs;
                open.deallocations.withhold(&mut left.deallocations, limits.max_deallocs);
            }
            if LIMITED & LIVE != 0 {
                open.limits.max_peak_bytes = limits.max_peak_bytes;
                open.limits.max_retained_bytes = limits.max_retained_bytes;
                open.outer_live_limit = tally.limit_live(live_limit(live, limits));
            }
            open.outer_mark = tally.begin_peak(live);
            open.allocations.start = tally.left.allocations;
            open.reallocations.start = tally.left.reallocations;
            open.deallocations.start = tally.left.deallocations;
            open.bytes.start = tally.left.bytes;
            Self { serial: open.serial }
        }
    }

    /// As [`Scope::enter`], and captures what is asked for.
    pub(crate) fn enter_tracing<const LIMITED: u8>(limits: &Limits) -> Self {
        let scope = Self::enter::<LIMITED>(limits);
        if LIMITED != 0 {
            trace_as_asked();
        }
        scope
    }

    /// Ends the scope where there is nothing more to do than to give back what it withheld.
    #[inline(always)]
    pub(crate) fn leave_quietly<const LIMITED: u8>(self) -> bool {
        // SAFETY: below the top there is a slot, the one for no scope if there is no other. All else are plain accesses
        // to what belongs to this thread, between which nothing allocates.
        unsafe {
            let Thread { tally, scopes, .. } = &mut *thread::current();
            let top = scopes.top.wrapping_sub(1);
            let open = &*top;
            if open.serial != self.serial || open.is_eventful {
                return false;
            }
            scopes.top = top;
            let left = &mut tally.left;
            if LIMITED & ALLOCATIONS != 0 {
                left.allocations += open.allocations.withheld;
            }
            if LIMITED & BYTES != 0 {
                left.bytes += open.bytes.withheld;
            }
            if LIMITED & REALLOCATIONS != 0 {
                left.reallocations += open.reallocations.withheld;
            }
            if LIMITED & DEALLOCATIONS != 0 {
                left.deallocations += open.deallocations.withheld;
            }
            if LIMITED & LIVE != 0 {
                tally.restore_live_limit(open.outer_live_limit);
            }
            tally.end_peak(open.outer_mark);
            true
        }
    }

    /// Ends the scope, and all that was opened in it. `None` where no limit was passed; where the scope has been ended
    /// by an outer one; and without a scope.
    #[inline(always)]
    pub(crate) fn leave<const LIMITED: u8>(self) -> Option<Closed> {
        if self.leave_quietly::<LIMITED>() { None } else { self.leave_eventful() }
    }

    /// The rest of [`Scope::leave`].
    #[cold]
    #[inline(never)]
    pub(crate) fn leave_eventful(self) -> Option<Closed> {
        self.close().filter(|closed| closed.is_eventful)
    }

    /// As [`Scope::leave`], whether or not a limit was passed.
    pub(crate) fn close(self) -> Option<Closed> {
        self.end().map(Ended::close)
    }

    /// Ends the scope, and all that was opened in it; `None` where it has been ended before, and where it is exempt.
    pub(crate) fn end(self) -> Option<Ended> {
        // SAFETY: a plain look at what belongs to this thread.
        let is_open =
            unsafe { (*thread::current()).scopes.counting().iter().any(|open| open.serial == self.serial) };
        if !is_open {
            return None;
        }
        loop {
            let (serial, ended) = end_innermost()?;
            if serial == self.serial {
                return Some(ended);
            }
            ended.discard();
        }
    }
}

/// Ends the innermost scope, and says which one it was.
fn end_innermost() -> Option<(u64, Ended)> {
    // SAFETY: plain accesses to what belongs to this thread, between which nothing allocates.
    let Thread { tally, scopes, .. } = unsafe { &mut *thread::current() };
    let open = scopes.open().last_mut()?;
    let counters = open.counters(&tally.left, tally.live());
    tally.left = tally.left.plus(&open.withheld());
    if open.limited & LIVE != 0 {
        tally.restore_live_limit(open.outer_live_limit);
    }
    let peak = tally.end_peak(open.outer_mark).max(open.entry_live).max(open.noted_peak) - open.entry_live;
    let Open { serial, limited, is_eventful, captures, remote, limits, .. } =
        std::mem::replace(open, Open::NONE);
    scopes.top = ptr::from_mut(open);
    Some((serial, Ended { counters, peak, is_eventful, limits: limits.only(limited), captures, remote }))
}

impl Open {
    /// What it withholds, of each.
    pub(crate) fn withheld(&self) -> Left {
        let only = |has: bool, withheld: i64| if has { withheld } else { 0 };
        let limited = self.limited;
        Left {
            allocations: only(limited & ALLOCATIONS != 0 || self.trace_all, self.allocations.withheld),
            reallocations: only(limited & REALLOCATIONS != 0, self.reallocations.withheld),
            deallocations: only(limited & DEALLOCATIONS != 0, self.deallocations.withheld),
            bytes: only(limited & BYTES != 0, self.bytes.withheld),
        }
    }
}

/// Has every allocation in the innermost scope captured, where that is asked for.
#[cold]
#[inline(never)]
pub(crate) fn trace_as_asked() {
    if settings::state() != State::TraceAll {
        return;
    }
    // SAFETY: plain accesses to what belongs to this thread, between which nothing allocates.
    let Thread { tally, scopes, .. } = unsafe { &mut *thread::current() };
    let Some(open) = scopes.open().last_mut() else { return };
    open.is_eventful = true;
    open.trace_all = true;
    if open.limited & ALLOCATIONS == 0 {
        open.allocations.withheld = 0;
    }
    open.allocations.withheld += std::mem::take(&mut tally.left.allocations);
    open.allocations.start = 0;
}

/// The number of live bytes that is not past a limit yet.
#[inline(always)]
pub(crate) fn live_limit(entry: i64, limits: &Limits) -> i64 {
    entry.saturating_add_unsigned(limits.max_peak_bytes.min(limits.max_retained_bytes))
}

/// What a scope leaves behind.
pub(crate) struct Ended {
    pub(crate) counters: Counters,
    /// Above what was live at its entry.
    pub(crate) peak: i64,
    is_eventful: bool,
    limits: Limits,
    pub(crate) captures: Captures,
    pub(crate) remote: Remote,
}

impl Ended {
    /// With what other threads did for it.
    fn close(mut self) -> Closed {
        self.remote.close(&mut self.counters, &mut self.peak, &mut self.captures, Around::Waited);
        Closed {
            measurement: measurement(&self.counters, self.peak),
            limits: self.limits,
            captures: self.captures,
            is_eventful: self.is_eventful,
        }
    }

    /// Without a result of its own. Those around it still have what other threads did for it.
    fn discard(self) {
        self.close().captures.free();
    }
}

/// A scope that has ended.
#[derive(Clone, Copy)]
pub(crate) struct Closed {
    pub(crate) measurement: Measurement,
    pub(crate) limits: Limits,
    pub(crate) captures: Captures,
    is_eventful: bool,
}

impl Closed {
    pub(crate) fn new(counters: &Counters, peak: i64, limits: Limits, captures: Captures) -> Self {
        Self { measurement: measurement(counters, peak), limits, captures, is_eventful: true }
    }

    /// Itself, where a limit is passed at the end.
    pub(crate) fn overage(mut self) -> Option<Self> {
        if self.limits.admit(&self.measurement) {
            self.captures.free();
            return None;
        }
        Some(self)
    }
}

fn measurement(counters: &Counters, peak: i64) -> Measurement {
    // Below zero only where `exempt::for_user` took deallocations back that are still to come.
    let count = |number: i64| number.max(0).cast_unsigned();
    Measurement {
        allocations: count(counters.allocations),
        reallocations: count(counters.reallocations),
        deallocations: count(counters.deallocations),
        bytes_allocated: count(counters.bytes),
        peak_bytes: count(peak),
        retained_bytes: counters.live,
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
