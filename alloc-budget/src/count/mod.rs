//! How much: one event, the thread's counters of what has happened, and numbers to compare them
//! with. Knows of no scope, takes no lock, and uses no memory of the global allocator.

pub(crate) mod array;
pub(crate) mod counters;
pub(crate) mod event;
pub(crate) mod everywhere;
pub(crate) mod grouped;
pub(crate) mod hash;
pub(crate) mod limit;
pub(crate) mod list;
pub(crate) mod measurement;
pub(crate) mod peaks;
pub(crate) mod process;
pub(crate) mod slots;
pub(crate) mod sync;
pub(crate) mod system;
pub(crate) mod tally;
pub(crate) mod thread_slot;
#[cfg(any(test, not(target_has_atomic = "64")))]
mod wide;
