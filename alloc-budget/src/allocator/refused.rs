//! An allocation that the system refuses. It counts nowhere, and most of those who asked end the
//! process; so where it would have taken a scope past a limit in bytes, this is said here and now.
//!
//! Some go on without the block (`try_reserve`): nothing of this unwinds, ends the process, or
//! changes a verdict.

use std::alloc::{GlobalAlloc, Layout, System};
use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::count::counters::{Counters, cast_unsigned};
use crate::count::event::Event;
use crate::count::grouped::Grouped;
use crate::count::limit::{Limit, passed};
use crate::limits::Limits;
use crate::scope::exempt::bookkeeping;
use crate::scope::mode::{self, State};
use crate::scope::thread::{self, Thread};
use crate::threads::all_threads;
use crate::trace::boundary::Boundary;
use crate::trace::sites::Sites;
use crate::trace::stack::Stack;

pub(super) fn refused(event: &Event) {
    let innermost = thread::with(|thread| Overage::of_innermost(thread, event));
    let Some(overage) = innermost.or_else(|| Overage::of_all_threads(event)) else { return };
    let mut stack = Stack::EMPTY;
    let write = || {
        overage.write_numbers(event.block_size());
        if cfg!(feature = "backtrace") && mode::state() != State::CountOnly && is_room_to_resolve() {
            write_call_site(stack.get());
        }
    };
    // A panic must not leave the allocator. Nobody is left to tell of it.
    let _ = catch_unwind(AssertUnwindSafe(|| bookkeeping(write)));
}

/// What a scope would have done with the block that it did not get.
struct Overage {
    passed: u8,
    counters: Counters,
    limits: Limits,
}

impl Overage {
    const IN_BYTES: u8 =
        Limit::Bytes.bit() | Limit::PeakBytes.bit() | Limit::RetainedBytes.bit() | Limit::BlockBytes.bit();

    /// Of the innermost scope that would have been past a limit in bytes. Once for each scope: who
    /// goes on without the block may ask again and again.
    fn of_innermost(thread: &mut Thread, event: &Event) -> Option<Self> {
        let Thread { tally, scopes, .. } = thread;
        let (mut left, mut innermost) = (tally.left, None);
        for scope in scopes.counting().iter_mut().rev() {
            let counters = scope.counters(&left, tally.live()).plus(&event.counters());
            left = left.plus(&scope.withheld());
            let limited = scope.limited() & Self::IN_BYTES;
            let passed = passed(&counters, &scope.limits, limited, event);
            if passed == 0 {
                continue;
            }
            scope.set_slow_exit();
            if scope.captures.is_first_refusal() {
                innermost.get_or_insert(Self { passed, counters, limits: scope.limits });
            }
        }
        innermost
    }

    fn of_all_threads(event: &Event) -> Option<Self> {
        let (passed, counters, limits) = all_threads::refused(event, Self::IN_BYTES)?;
        Some(Self { passed, counters, limits })
    }

    /// Allocates nothing: there may be no memory left at all.
    fn write_numbers(&self, size: i64) {
        let mut buffer = [0; 1024];
        let mut rest = &mut buffer[..];
        let grouped = |bytes: i64| Grouped(cast_unsigned(bytes.max(0)));
        let _ = write!(
            rest,
            "alloc-budget: the system refused {} B, which an allocation budget would not have allowed\n\n",
            grouped(size)
        );
        let mut gap = "  ";
        for limit in Limit::ALL.into_iter().filter(|limit| self.passed & limit.bit() != 0) {
            let value = match limit {
                Limit::Bytes => self.counters.bytes,
                Limit::BlockBytes => size,
                _ => self.counters.live,
            };
            let _ = write!(rest, "{gap}{limit}   {} of {}", grouped(value), Grouped(self.limits.get(limit)));
            gap = "      ";
        }
        let _ = rest.write(b"\n\n");
        let unused = rest.len();
        say(&buffer[..buffer.len() - unused]);
    }
}

/// Whether there is so much memory that to resolve a stack will not run out of it, which would end
/// the process.
fn is_room_to_resolve() -> bool {
    let layout = Layout::new::<[u8; 256 << 20]>();
    // SAFETY: the layout is not empty, and the block is freed with it.
    unsafe {
        let block = System.alloc(layout);
        if block.is_null() {
            return false;
        }
        System.dealloc(block, layout);
    }
    true
}

fn write_call_site(stack: &[usize]) {
    // Nothing is known of whose budget it is.
    let site = Sites::new("", Boundary::unknown(), false).call_site(stack, false);
    let place = site.place().unwrap_or_else(|| "(no line information)".to_owned());
    let (width, via) = (place.chars().count(), site.via().join(" → "));
    let called = if via.is_empty() { via } else { format!("  {:width$}   {via}\n", "") };
    say(format!("  {place}   {}\n{called}\n", site.function()).as_bytes());
}

/// Writes to the real standard error, which the test harness does not capture.
fn say(text: &[u8]) {
    let _ = std::io::stderr().write_all(text);
}
