//! Across awaits: what is measured in pieces, on whichever threads.

pub(crate) mod future;
mod handed;
pub(crate) mod iterator;
pub(crate) mod measured;
pub(crate) mod polled;
pub(crate) mod progress;
