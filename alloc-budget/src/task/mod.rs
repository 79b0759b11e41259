//! Across awaits: what is measured in pieces, on whichever threads.

pub(crate) mod future;
mod handed;
pub(crate) mod iterator;
pub(crate) mod measured;
pub(crate) mod progress;

// See `budget/raise.rs`.
#[path = "polled.rs"]
pub(crate) mod __rust_end_short_backtrace_polled;
pub(crate) use __rust_end_short_backtrace_polled as polled;
