//! Entering and leaving a measured scope.

use std::alloc::{Layout, handle_alloc_error};
use std::ptr;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::array::Array;
use crate::budget::{Limit, Measurement};
use crate::call_sites::Captures;
use crate::handle::{Around, Remote};
use crate::limits::Limits;
use crate::settings::{self, State};
use crate::tally::{Counters, Left, PLENTY, Tally};
use crate::thread::{self, Thread};

/// One of the thread's counters, as a scope sees it. Apart, and not four of each side by side: a copy of several at once
/// would have to wait for the counters that have just been written one by one.
#[derive(Clone, Copy)]
pub(crate) struct Counter {
    /// What was left when the scope was entered. Written where there is a limit.
    outer: i64,
    /// The same without what the scope withholds.
    start: i64,
}

impl Counter {
    const NONE: Self = Self { outer: 0, start: 0 };

    /// Begins with what is left, and lets only `limit` be left of it.
    #[inline(always)]
    fn withhold(left: &mut i64, limit: u64) -> Self {
        let outer = *left;
        if limit < PLENTY.cast_unsigned() && limit.cast_signed() < outer {
            *left = limit.cast_signed();
        }
        Self { outer, start: *left }
    }

    #[inline(always)]
    fn withheld(self) -> i64 {
        self.outer - self.start
    }

    /// Begins with more. What has not been written may wrap.
    pub(crate) fn shift(&mut self, number: i64) {
        self.outer = self.outer.wrapping_add(number);
        self.start = self.start.wrapping_add(number);
    }

    /// Withholds so many more, which are still left.
    pub(crate) fn withhold_more(&mut self, number: i64) {
        self.outer = self.outer.wrapping_add(number);
    }
}

/// What tells a scope from the others of its thread; in the low bits, its limits as bits of [`Limit`], and whether it is
/// eventful. So one comparison tells that the innermost scope is the one to leave, and that it needs no closer look.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tag(u64);

impl Tag {
    /// No scope's.
    const NONE: Self = Self(0);
    const EVENTFUL: u64 = 1 << 7;
    const LOW: u64 = 0xff;
    /// Of a scope that can't be ended now.
    const EXEMPT: u64 = 1 << 63;

    /// What a slot begins with. Each of the process has tags of its own, so that no counter of the thread's is needed, and a
    /// scope that a coroutine took along to another thread is not found there.
    fn of_new_slot() -> Self {
        static SLOTS: AtomicU64 = AtomicU64::new(0);
        // Should either part of a tag run out, a scope that was taken along might be found where it is not.
        Self(SLOTS.fetch_add(1, Ordering::Relaxed) << 40 & !Self::EXEMPT)
    }

    /// The tag of the slot's next scope.
    #[inline(always)]
    fn next(self, limited: u8) -> Self {
        Self((self.0 | Self::LOW) + 1 + u64::from(limited))
    }

    fn is_eventful(self) -> bool {
        self.0 & Self::EVENTFUL != 0
    }

    /// Whether it is the same scope's, eventful or not.
    fn is_of(self, scope: Self) -> bool {
        self.0 & !Self::EVENTFUL == scope.0
    }
}

/// A scope that has been entered and not left.
#[derive(Clone, Copy)]
pub(crate) struct Open {
    tag: Tag,
    /// Every allocation is captured, not only those past a limit.
    pub(crate) trace_all: bool,
    /// It withholds every deallocation from the scopes inside, to follow blocks until they are freed.
    pub(crate) watches: bool,
    /// It goes on with what pieces before it have done, so that its entry is not where it was entered.
    began_before: bool,
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
        tag: Tag::NONE,
        trace_all: false,
        watches: false,
        began_before: false,
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
        let start = Left {
            allocations: self.allocations.start,
            reallocations: self.reallocations.start,
            deallocations: self.deallocations.start,
            bytes: self.bytes.start,
        };
        let only = |quantity: u8, number: i64| if self.keeps(quantity) { number } else { 0 };
        let mut used = start.less(left);
        used.reallocations = only(REALLOCATIONS, used.reallocations);
        used.deallocations = only(DEALLOCATIONS, used.deallocations);
        Counters::new(&used, only(LIVE, live.wrapping_sub(self.entry_live)))
    }

    /// Which limits there are. Of `limits`, `outer_live_limit` and what the counters withhold only what belongs to these
    /// is written; of the rest, what is [`kept`].
    #[allow(clippy::cast_possible_truncation)]
    pub(crate) fn limited(&self) -> u8 {
        self.tag.0 as u8 & Limit::ANY
    }

    /// Whether there is more to do at its end than to give back what it withheld. What an event may change is as in
    /// [`Open::NONE`] until then.
    pub(crate) fn is_eventful(&self) -> bool {
        self.tag.is_eventful()
    }

    pub(crate) fn set_eventful(&mut self) {
        self.tag.0 |= Tag::EVENTFUL;
    }

    fn keeps(&self, quantity: u8) -> bool {
        kept(self.limited()) & quantity != 0
    }

    pub(crate) fn note_peak(&mut self, live: i64) {
        if self.keeps(LIVE) {
            self.set_eventful();
            self.noted_peak = self.noted_peak.max(live);
        }
    }

    /// Withholds every deallocation, which is left to nobody any more.
    pub(crate) fn watch(&mut self) {
        self.watches = true;
        if self.limited() & DEALLOCATIONS == 0 {
            self.deallocations.outer = self.deallocations.start;
        }
        self.deallocations.withhold_more(PLENTY);
    }

    /// Makes it as if something had happened in it already, with such a peak.
    pub(crate) fn begin_with(&mut self, counters: &Counters, peak: i64) {
        self.allocations.shift(counters.allocations);
        self.reallocations.shift(counters.reallocations);
        self.deallocations.shift(counters.deallocations);
        self.bytes.shift(counters.bytes);
        self.entry_live -= counters.live;
        self.noted_peak = self.entry_live + peak;
        self.began_before = true;
    }
}

/// The thread's open scopes, innermost last.
pub(crate) struct Scopes {
    /// The first slot stands for no scope; then come the open scopes, and room for more.
    slots: Array<Open>,
    /// Where the next scope goes.
    top: *mut Open,
    /// Up to here a scope is entered and nothing more: there is room, and the process's state asks for nothing else. So
    /// one comparison tells all.
    ready: *mut Open,
    /// So many scopes are exempt from what happens now.
    floor: usize,
}

/// The slot below the first scope, before there are others.
static NO_SCOPE: Unwritten = Unwritten(Open::NONE);

struct Unwritten(Open);

// SAFETY: nobody writes to it: its tag is that of no scope.
unsafe impl Sync for Unwritten {}

impl Scopes {
    pub(crate) const NONE: Self = {
        let top = (&raw const NO_SCOPE.0).cast_mut().wrapping_add(1);
        Self { slots: Array::EMPTY, top, ready: ptr::null_mut(), floor: 0 }
    };

    #[inline(always)]
    pub(crate) fn is_ready(&self) -> bool {
        self.top < self.ready
    }

    fn depth(&self) -> usize {
        match self.slots.as_slice() {
            [] => 0,
            [none, ..] => (self.top.addr() - ptr::from_ref(none).addr()) / size_of::<Open>() - 1,
        }
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
            limits = limits.min(&open.limits.less(&counters).only(open.limited()));
            limited |= open.limited();
        }
        (limits, limited)
    }

    /// Notes for the scopes that count that there were so many live bytes on top of any that they have had.
    pub(crate) fn note_on_top(&mut self, tally: &Tally, bytes: i64) {
        let mut peak = tally.mark();
        for open in self.counting().iter_mut().rev().filter(|open| open.keeps(LIVE)) {
            // What one has noted, those around it have too; and the entry of one that goes on with earlier pieces is not a
            // number of bytes that were live.
            open.note_peak(peak.max(open.noted_peak).max(open.entry_live) + bytes);
            peak = peak.max(open.outer_mark);
        }
    }

    /// Exempts the scopes that are open from what happens from now on, their own ends included, until [`lower_floor`].
    pub(crate) fn raise_floor(&mut self) -> Floor {
        let depth = self.depth();
        let outer = std::mem::replace(&mut self.floor, depth);
        // Scopes further out are looked for above the floor only.
        let hides_innermost = match self.open().last_mut() {
            Some(Open { tag: Tag(tag), .. }) if *tag & Tag::EXEMPT == 0 => {
                *tag |= Tag::EXEMPT;
                true
            }
            _ => false,
        };
        Floor { outer, hides_innermost }
    }
}

/// Which scopes were exempt before more of them are.
pub(crate) struct Floor {
    outer: usize,
    hides_innermost: bool,
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
    if floor.hides_innermost
        && let Some(open) = scopes.open().last_mut()
    {
        open.tag.0 &= !Tag::EXEMPT;
    }
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
        *scopes = Scopes::NONE;
    }
}

/// Makes room for one more scope.
#[cold]
#[inline(never)]
fn make_room() {
    thread::clean_up_at_exit();
    // SAFETY: nothing below comes back here: the slots are memory of `System`.
    let scopes = unsafe { &mut (*thread::current()).scopes };
    let depth = scopes.depth();
    if scopes.slots.len() <= depth + 1 && !scopes.slots.grow() {
        handle_alloc_error(Layout::new::<Open>());
    }
    while !scopes.slots.is_full() {
        let tag = Tag::of_new_slot();
        let _has_room = scopes.slots.push(Open { tag, ..Open::NONE });
    }
    let slots = scopes.slots.as_mut_ptr();
    scopes.top = slots.wrapping_add(depth + 1);
    let end = slots.wrapping_add(scopes.slots.len());
    scopes.ready = if settings::is_plain() { end } else { ptr::null_mut() };
}

/// The limits that a counter depends on.
const ALLOCATIONS: u8 = Limit::Allocations.bit();
const BYTES: u8 = Limit::Bytes.bit();
const LIVE: u8 = Limit::PeakBytes.bit() | Limit::RetainedBytes.bit();
const REALLOCATIONS: u8 = Limit::Reallocations.bit();
/// With a limit on retained bytes, blocks may have to be followed until they are freed.
const DEALLOCATIONS: u8 = Limit::Deallocations.bit() | Limit::RetainedBytes.bit();

/// What a scope measures: with limits, what a report of them shows; without, everything.
const fn kept(limited: u8) -> u8 {
    if limited == 0 { Limit::ANY } else { limited | ALLOCATIONS | BYTES }
}

/// An open scope. Whoever entered it leaves it, also when a panic unwinds.
#[derive(Clone, Copy)]
pub(crate) struct Scope {
    tag: Tag,
}

// Which limits there are is a parameter, known where the attribute is expanded: a scope with one limit touches one
// counter.
impl Scope {
    pub(crate) const CLOSED: Self = Self { tag: Tag(u64::MAX) };

    #[inline(always)]
    pub(crate) fn enter<const LIMITED: u8>(limits: &Limits) -> Self {
        let thread = thread::current();
        // SAFETY: nobody holds a reference to what belongs to this thread.
        unsafe {
            if !(*thread).scopes.is_ready() {
                make_room();
            }
            Self::enter_ready::<LIMITED>(&mut *thread, limits)
        }
    }

    /// Enters where there is room.
    ///
    /// # Safety
    /// `thread` is the calling one, and `top` is the place of a slot.
    #[inline(always)]
    pub(crate) unsafe fn enter_ready<const LIMITED: u8>(thread: &mut Thread, limits: &Limits) -> Self {
        let Thread { tally, scopes, .. } = thread;
        let slot = scopes.top;
        // SAFETY: the place of a slot, by the contract; and only scopes that are left or looked at have references to
        // slots, for as long.
        let open = unsafe { &mut *slot };
        scopes.top = slot.wrapping_add(1);
        let tag = open.tag.next(LIMITED);
        open.tag = tag;
        let left = &mut tally.left;
        if LIMITED & ALLOCATIONS == 0 {
            open.allocations.start = left.allocations;
        } else {
            open.limits.max = limits.max;
            open.allocations = Counter::withhold(&mut left.allocations, limits.max);
        }
        if LIMITED & BYTES == 0 {
            open.bytes.start = left.bytes;
        } else {
            open.limits.max_bytes = limits.max_bytes;
            open.bytes = Counter::withhold(&mut left.bytes, limits.max_bytes);
        }
        if LIMITED & REALLOCATIONS != 0 {
            open.limits.max_reallocs = limits.max_reallocs;
            open.reallocations = Counter::withhold(&mut left.reallocations, limits.max_reallocs);
        } else if kept(LIMITED) & REALLOCATIONS != 0 {
            open.reallocations.start = left.reallocations;
        }
        if LIMITED & DEALLOCATIONS != 0 {
            open.limits.max_deallocs = limits.max_deallocs;
            open.deallocations = Counter::withhold(&mut left.deallocations, limits.max_deallocs);
        } else if kept(LIMITED) & DEALLOCATIONS != 0 {
            open.deallocations.start = left.deallocations;
        }
        if kept(LIMITED) & LIVE != 0 {
            let live = tally.live();
            open.entry_live = live;
            if LIMITED & LIVE != 0 {
                open.limits.max_peak_bytes = limits.max_peak_bytes;
                open.limits.max_retained_bytes = limits.max_retained_bytes;
                open.outer_live_limit = tally.limit_live(live_limit(live, limits));
            }
            open.outer_mark = tally.begin_peak(live);
        }
        Self { tag }
    }

    /// The one that was entered last.
    #[inline(always)]
    pub(crate) fn innermost() -> Self {
        // SAFETY: a plain look at what belongs to this thread; below the top there is a slot.
        let tag = unsafe { (*(*thread::current()).scopes.top.wrapping_sub(1)).tag };
        Self { tag: Tag(tag.0 & !Tag::EVENTFUL) }
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
            let Thread { tally, scopes, .. } = thread::current_mut();
            let slot = scopes.top.wrapping_sub(1);
            let open = &*slot;
            if open.tag != self.tag {
                return false;
            }
            scopes.top = slot;
            let left = &mut tally.left;
            if LIMITED & ALLOCATIONS != 0 {
                left.allocations += open.allocations.withheld();
            }
            if LIMITED & BYTES != 0 {
                left.bytes += open.bytes.withheld();
            }
            if LIMITED & REALLOCATIONS != 0 {
                left.reallocations += open.reallocations.withheld();
            }
            if LIMITED & DEALLOCATIONS != 0 {
                left.deallocations += open.deallocations.withheld();
            }
            if LIMITED & LIVE != 0 {
                tally.restore_live_limit(open.outer_live_limit);
            }
            if kept(LIMITED) & LIVE != 0 {
                tally.end_peak(open.outer_mark);
            }
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
            unsafe { (*thread::current()).scopes.counting().iter().any(|open| open.tag.is_of(self.tag)) };
        if !is_open {
            return None;
        }
        loop {
            let (tag, ended) = end_innermost()?;
            if tag.is_of(self.tag) {
                return Some(ended);
            }
            ended.discard();
        }
    }
}

/// Ends the innermost scope, and says which one it was.
fn end_innermost() -> Option<(Tag, Ended)> {
    // SAFETY: plain accesses to what belongs to this thread, between which nothing allocates.
    let Thread { tally, scopes, .. } = unsafe { &mut *thread::current() };
    let open = scopes.open().last_mut()?;
    let counters = open.counters(&tally.left, tally.live());
    tally.left = tally.left.plus(&open.withheld());
    if open.limited() & LIVE != 0 {
        tally.restore_live_limit(open.outer_live_limit);
    }
    let has_peak = open.keeps(LIVE);
    let peak = if has_peak {
        tally.end_peak(open.outer_mark).max(open.entry_live).max(open.noted_peak) - open.entry_live
    } else {
        0
    };
    let (limited, is_eventful) = (open.limited(), open.is_eventful());
    let around = if has_peak && !open.began_before { Around::Waited } else { Around::Unknown };
    let tag = Tag(open.tag.0 & !(Tag::EVENTFUL | Tag::EXEMPT));
    let Open { captures, remote, limits, .. } = std::mem::replace(open, Open { tag, ..Open::NONE });
    scopes.top = scopes.top.wrapping_sub(1);
    let limits = limits.only(limited);
    Some((tag, Ended { counters, peak, around, is_eventful, limits, captures, remote }))
}

impl Open {
    /// What it withholds, of each.
    pub(crate) fn withheld(&self) -> Left {
        let only = |has: bool, counter: Counter| if has { counter.withheld() } else { 0 };
        let limited = self.limited();
        Left {
            allocations: only(limited & ALLOCATIONS != 0 || self.trace_all, self.allocations),
            reallocations: only(limited & REALLOCATIONS != 0, self.reallocations),
            deallocations: only(limited & DEALLOCATIONS != 0 || self.watches, self.deallocations),
            bytes: only(limited & BYTES != 0, self.bytes),
        }
    }
}

/// Has every allocation in the innermost scope captured, where that is asked for.
#[cold]
#[inline(never)]
fn trace_as_asked() {
    if settings::state() != State::TraceAll {
        return;
    }
    // SAFETY: plain accesses to what belongs to this thread, between which nothing allocates.
    let Thread { tally, scopes, .. } = unsafe { &mut *thread::current() };
    let Some(open) = scopes.open().last_mut() else { return };
    open.set_eventful();
    open.trace_all = true;
    if open.limited() & ALLOCATIONS == 0 {
        open.allocations.outer = open.allocations.start;
    }
    open.allocations.start -= std::mem::take(&mut tally.left.allocations);
}

/// The number of live bytes that is not past a limit yet.
#[inline(always)]
pub(crate) fn live_limit(entry: i64, limits: &Limits) -> i64 {
    entry.saturating_add_unsigned(limits.max_peak_bytes.min(limits.max_retained_bytes))
}

/// What a scope leaves behind.
pub(crate) struct Ended {
    pub(crate) counters: Counters,
    /// Above what was live at its entry. Zero, as the live bytes are, where it did not keep them.
    pub(crate) peak: i64,
    around: Around,
    is_eventful: bool,
    limits: Limits,
    pub(crate) captures: Captures,
    pub(crate) remote: Remote,
}

impl Ended {
    /// With what other threads did for it.
    fn close(mut self) -> Closed {
        self.remote.close(&mut self.counters, &mut self.peak, &mut self.captures, self.around);
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

    /// What was measured, and nothing else of it.
    pub(crate) fn measured(mut self) -> Measurement {
        self.captures.free();
        self.measurement
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
