//! Across awaits: what is measured in pieces, on whichever threads.

pub(crate) mod future;
mod handed;
pub(crate) mod measured;
pub(crate) mod progress;
mod raise;

// See `budget/raise.rs`.
#[path = "iterator.rs"]
pub(crate) mod __rust_end_short_backtrace_iterator;
pub(crate) use __rust_end_short_backtrace_iterator as iterator;
#[path = "polled.rs"]
pub(crate) mod __rust_end_short_backtrace_polled;
pub(crate) use __rust_end_short_backtrace_polled as polled;
