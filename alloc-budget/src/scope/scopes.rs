//! The open scopes of one thread: plain data, in memory of `System`.

use std::ptr;

use crate::count::array::Array;
use crate::count::counters::{Counters, PLENTY};
use crate::count::tally::Tally;
use crate::limits::Limits;
use crate::scope::mode;
use crate::scope::open::{LIVE, OpenScope, Tag};
use crate::scope::remote::Remote;
use crate::trace::captures::Captures;

/// The thread's open scopes, innermost last.
pub(crate) struct Scopes {
    /// The first slot stands for no scope; then come the open scopes, and room for more.
    slots: Array<OpenScope>,
    /// Where the next scope goes.
    pub(super) top: *mut OpenScope,
    /// Up to here a scope is entered and nothing more: there is room, and the process's state asks
    /// for nothing else. So one comparison tells all.
    pub(super) ready: *mut OpenScope,
    /// The same where each scope is recorded, and the state asks for nothing else.
    pub(super) recorded: *mut OpenScope,
    /// So many scopes are exempt from what happens now.
    pub(super) floor: usize,
    /// The first scope that hears of what a user exempts.
    pub(super) hearing: usize,
}

/// In [`Scopes`] in place of the end of what is ready, while the thread's allocator serves a call:
/// a scope that is entered then needs a closer look.
pub(super) const SERVING: *mut OpenScope = ptr::dangling_mut();

/// The slot below the first scope, before there are others. Nobody writes to it, because its tag is
/// that of no scope.
static NO_SCOPE: OpenScope = OpenScope::NONE;

impl Scopes {
    pub(crate) const NONE: Self = {
        let top = (&raw const NO_SCOPE).cast_mut().wrapping_add(1);
        let nowhere = ptr::null_mut();
        Self { slots: Array::EMPTY, top, ready: nowhere, recorded: nowhere, floor: 0, hearing: 0 }
    };

    #[inline(always)]
    pub(crate) fn is_ready(&self) -> bool {
        self.top < self.ready
    }

    fn depth(&self) -> usize {
        match self.slots.as_slice() {
            [] => 0,
            [none, ..] => (self.top.addr() - ptr::from_ref(none).addr()) / size_of::<OpenScope>() - 1,
        }
    }

    /// Whether there is room for one more scope, and no allocator of the thread's serves a call.
    pub(super) fn has_room(&self) -> bool {
        self.ready != SERVING && self.depth() + 1 < self.slots.len()
    }

    /// Makes room for one more scope; false where the system has no memory left.
    pub(super) fn make_room(&mut self) -> bool {
        let depth = self.depth();
        if self.slots.len() <= depth + 1 && !self.slots.grow() {
            return false;
        }
        while !self.slots.is_full() {
            let tag = Tag::of_new_slot();
            let _has_room = self.slots.push(OpenScope { tag, ..OpenScope::NONE });
        }
        let slots = self.slots.as_mut_ptr();
        self.top = slots.wrapping_add(depth + 1);
        self.ready = if mode::is_plain() { self.end() } else { ptr::null_mut() };
        self.prepare_to_record();
        true
    }

    fn end(&self) -> *mut OpenScope {
        self.slots.as_mut_ptr().wrapping_add(self.slots.len())
    }

    /// Where there is room.
    pub(super) fn prepare_to_record(&mut self) {
        self.recorded = if mode::only_records() { self.end() } else { ptr::null_mut() };
    }

    /// Where the next scope goes, and the last one was that has ended.
    pub(super) fn free_slot(&self) -> Option<&OpenScope> {
        self.slots.as_slice().get(self.depth() + 1)
    }

    /// Gives the slots back. No scope is open.
    pub(super) fn free(&mut self) {
        self.slots.free();
        *self = Self::NONE;
    }

    /// The open scopes, outermost first.
    pub(crate) fn all(&mut self) -> &mut [OpenScope] {
        let depth = self.depth();
        match self.slots.as_mut_slice() {
            [_, rest @ ..] => &mut rest[..depth],
            [] => &mut [],
        }
    }

    /// Those that are not exempt from what happens now.
    pub(crate) fn counting(&mut self) -> &mut [OpenScope] {
        let floor = self.floor;
        &mut self.all()[floor..]
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

    /// Notes for the scopes that count that there were so many live bytes on top of any that they
    /// have had.
    pub(crate) fn note_on_top(&mut self, tally: &Tally, bytes: i64) {
        let mut peak = tally.mark();
        for open in self.counting().iter_mut().rev().filter(|open| open.keeps(LIVE)) {
            // What one has noted, those around it have too; and the entry of one that goes on with
            // earlier pieces is not a number of bytes that were live.
            open.note_peak(peak.max(open.noted_peak).max(open.entry_live) + bytes);
            peak = peak.max(open.outer_mark);
        }
    }

    /// Exempts the scopes that are open from what happens from now on, their own ends
    /// included, until [`Scopes::lower_floor`].
    pub(super) fn raise_floor(&mut self) -> Floor {
        let depth = self.depth();
        let outer = std::mem::replace(&mut self.floor, depth);
        let outer_hearing = std::mem::replace(&mut self.hearing, depth);
        // Scopes further out are looked for above the floor only.
        let hides_innermost = match self.all().last_mut() {
            Some(OpenScope { tag: Tag(tag), .. }) if *tag & Tag::EXEMPT == 0 => {
                *tag |= Tag::EXEMPT;
                true
            }
            _ => false,
        };
        Floor { outer, outer_hearing, hides_innermost }
    }
}

/// Which scopes were exempt before more of them are.
pub(super) struct Floor {
    outer: usize,
    pub(super) outer_hearing: usize,
    hides_innermost: bool,
}

impl Scopes {
    /// Ends the innermost scope.
    #[inline(always)]
    pub(super) fn end_innermost(&mut self, tally: &mut Tally) -> Option<Ended> {
        let open = self.all().last_mut()?;
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
        let (limited, has_slow_exit) = (open.limited(), open.has_slow_exit());
        let outer = if has_peak && !open.began_before { Outer::Blocked } else { Outer::Running };
        let tag = Tag(open.tag.0 & !(Tag::SLOW_EXIT | Tag::EXEMPT));
        let (captures, remote, limits) = (open.captures, open.remote, open.limits);
        open.settle(tag);
        self.top = self.top.wrapping_sub(1);
        Some(Ended { tag, counters, peak, outer, has_slow_exit, limits, limited, captures, remote })
    }

    /// Ends the innermost of the scopes that were entered since the floor was raised and not left,
    /// which the caller disposes of before calling again.
    pub(super) fn end_above_floor(&mut self, tally: &mut Tally) -> Option<Ended> {
        if self.counting().is_empty() { None } else { self.end_innermost(tally) }
    }

    /// Undoes [`Scopes::raise_floor`], where there is no scope above the floor any more.
    pub(super) fn lower_floor(&mut self, floor: &Floor) {
        if floor.hides_innermost {
            if let Some(open) = self.all().last_mut() {
                open.tag.0 &= !Tag::EXEMPT;
            }
        }
        self.floor = floor.outer;
        self.hearing = floor.outer_hearing;
    }

    /// A block that may turn out to be retained is followed until it is freed: has every
    /// deallocation looked at, from the outermost scope on that follows one.
    pub(crate) fn follow_blocks(&mut self, tally: &mut Tally) {
        let open = self.counting();
        let Some(first) = open.iter().position(|open| open.captures.watches_blocks()) else { return };
        let so_far = open.iter().position(|open| open.withholds_deallocations);
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
                open[inner].withholds_deallocations = false;
                open[inner].deallocations.withhold_more(-PLENTY);
            }
            None => tally.left.deallocations -= PLENTY,
        }
        open[first].withhold_deallocations();
    }
}

/// Whether the scopes around one could allocate while it was open.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outer {
    /// They waited for it, so its peak was theirs too.
    Blocked,
    /// They may have allocated meanwhile, or it kept no peak of its own.
    Running,
}

/// What a scope leaves behind.
pub(crate) struct Ended {
    pub(super) tag: Tag,
    pub(crate) counters: Counters,
    /// Above what was live at its entry. Zero, as the live bytes are, where it did not keep them.
    pub(crate) peak: i64,
    pub(super) outer: Outer,
    pub(super) has_slow_exit: bool,
    /// Only those of `limited` are written.
    pub(super) limits: Limits,
    pub(super) limited: u8,
    pub(crate) captures: Captures,
    pub(crate) remote: Remote,
}

impl Ended {
    /// Frees what it holds, where nobody asks for it any more. Whoever calls this is exempt.
    pub(super) fn give_up(mut self) {
        self.captures.free();
        if let Some(work) = self.remote.take() {
            work.close().captures.free();
        }
    }
}
