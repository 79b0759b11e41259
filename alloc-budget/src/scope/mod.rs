//! Since when, on this thread: the open scopes, and what it is to enter and to leave one.

pub(crate) mod at_exit;
pub(crate) mod enter;
pub(crate) mod exempt;
pub(crate) mod known;
pub(crate) mod leave;
pub(crate) mod mode;
pub(crate) mod open;
pub(crate) mod process_end;
pub(crate) mod process_lock;
pub(crate) mod recorded;
pub(crate) mod remote;
pub(crate) mod scopes;
pub(crate) mod serving;
pub(crate) mod thread;
pub(crate) mod uncounted;
pub(crate) mod work;
