//! By whom else: work that is handed to other threads, and scopes of all of them.

pub(crate) mod all_threads;
pub(crate) mod handle;
