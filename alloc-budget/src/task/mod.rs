//! Across awaits: what is measured in pieces, on whichever threads.

pub(crate) mod future;
pub(crate) mod measured;
pub(crate) mod running;
