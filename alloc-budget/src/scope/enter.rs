//! Entering a scope, and leaving it where nothing happened that is worth a closer look.

use std::alloc::{Layout, handle_alloc_error};

use crate::limits::Limits;
use crate::scope::at_exit;
use crate::scope::mode::{self, State};
use crate::scope::open::{
    ALLOCATIONS, BLOCKS, BYTES, Counter, DEALLOCATIONS, LIVE, OpenScope, REALLOCATIONS, SURVIVING, Tag, kept,
};
use crate::scope::serving;
use crate::scope::thread::{self, Thread};

/// An open scope. Whoever entered it leaves it, also when a panic unwinds.
#[derive(Clone, Copy)]
pub(crate) struct Scope {
    pub(super) tag: Tag,
}

// Which limits there are is a parameter, known where the attribute is expanded: a scope with one
// limit touches one counter.
impl Scope {
    pub(crate) const CLOSED: Self = Self { tag: Tag(u64::MAX) };

    pub(crate) fn is_closed(self) -> bool {
        self.tag.0 == Self::CLOSED.tag.0
    }

    #[inline(always)]
    pub(crate) fn enter<const LIMITED: u8>(limits: &Limits) -> Self {
        let thread = thread::current();
        // SAFETY: the look is over before room is made, which uses `thread::with`, and entering
        // where there is room calls nothing that finds the same data by itself.
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
    /// `thread` is the calling one, and has room for a scope.
    #[inline(always)]
    pub(crate) unsafe fn enter_ready<const LIMITED: u8>(thread: &mut Thread, limits: &Limits) -> Self {
        let Thread { tally, scopes, .. } = thread;
        let slot = scopes.top;
        // SAFETY: where there is room, the top is the place of a slot that no scope has. All other
        // references to slots are borrowed from `Scopes`, which is borrowed here.
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
            let mut bytes = limits.max_bytes;
            if LIMITED & BLOCKS != 0 {
                open.limits.max_block_bytes = limits.max_block_bytes;
                bytes = bytes.min(limits.max_block_bytes);
            }
            if LIMITED & SURVIVING != 0 {
                open.limits.max_surviving_bytes = limits.max_surviving_bytes;
                if limits.max_surviving_bytes != u64::MAX {
                    bytes = 0;
                }
            }
            open.bytes = Counter::withhold(&mut left.bytes, bytes);
        }
        if LIMITED & REALLOCATIONS != 0 {
            open.limits.max_reallocs = limits.max_reallocs;
            open.reallocations = Counter::withhold(&mut left.reallocations, limits.max_reallocs);
        } else if const { kept(LIMITED) } & REALLOCATIONS != 0 {
            open.reallocations.start = left.reallocations;
        }
        if LIMITED & DEALLOCATIONS != 0 {
            open.limits.max_deallocs = limits.max_deallocs;
            open.deallocations = Counter::withhold(&mut left.deallocations, limits.max_deallocs);
        } else if const { kept(LIMITED) } & DEALLOCATIONS != 0 {
            open.deallocations.start = left.deallocations;
        }
        if const { kept(LIMITED) } & LIVE != 0 {
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
    pub(crate) fn innermost() -> Self {
        thread::with(|thread| {
            let innermost = thread.scopes.all().last();
            innermost.map_or(Self::CLOSED, |open| Self { tag: Tag(open.tag.0 & !Tag::SLOW_EXIT) })
        })
    }

    /// As [`Scope::enter`], and captures what is asked for.
    pub(crate) fn enter_tracing<const LIMITED: u8>(limits: &Limits) -> Self {
        let scope = Self::enter::<LIMITED>(limits);
        if LIMITED != 0 && mode::asks_for_more() {
            trace_as_asked();
        }
        scope
    }

    /// Ends the scope where there is nothing more to do than to give back what it withheld.
    #[inline(always)]
    pub(crate) fn leave_fast<const LIMITED: u8>(self) -> bool {
        // SAFETY: nothing is called that finds the thread's data by itself. Below the top there is
        // a slot, the one for no scope if there is no other, and it is read only where its tag is
        // that of an open scope.
        unsafe {
            let Thread { tally, scopes, .. } = thread::current_mut();
            let slot = scopes.top.wrapping_sub(1);
            let open = &*slot;
            if open.tag.0 != self.tag.0 {
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
            if const { kept(LIMITED) } & LIVE != 0 {
                tally.end_peak(open.outer_mark);
            }
            true
        }
    }
}

/// Makes room for one more scope.
#[cold]
#[inline(never)]
fn make_room() {
    // Where the state asks for more, each entry comes here.
    if thread::with(|thread| thread.scopes.has_room()) && !mode::is_plain() {
        return thread::with(|thread| thread.scopes.prepare_to_record());
    }
    let is_aside = serving::set_aside();
    at_exit::register();
    if !is_aside || !thread::with(|thread| thread.scopes.make_room()) {
        handle_alloc_error(Layout::new::<OpenScope>());
    }
}

/// Has every allocation in the innermost scope captured, its exit noted, or every quantity kept,
/// where that is asked for.
#[cold]
#[inline(never)]
pub(crate) fn trace_as_asked() {
    let (is_recorded, is_traced) = (mode::is_recorded(), mode::state() == State::TraceAll);
    let is_noted = is_recorded || mode::is_watched();
    thread::with(|Thread { tally, scopes, .. }| {
        let Some(open) = scopes.all().last_mut() else { return };
        if is_recorded {
            open.keep_everything(tally);
        }
        if is_noted || is_traced {
            open.set_slow_exit();
        }
        if !is_traced {
            return;
        }
        open.trace_all = true;
        if open.limited() & ALLOCATIONS == 0 {
            open.allocations.outer = open.allocations.start;
        }
        open.allocations.start -= std::mem::take(&mut tally.left.allocations);
    });
}

/// The number of live bytes that is not past a limit yet.
#[inline(always)]
pub(crate) fn live_limit(entry: i64, limits: &Limits) -> i64 {
    entry.saturating_add_unsigned(limits.max_peak_bytes.min(limits.max_retained_bytes))
}
