//! What belongs to one thread: its tally and its open scopes.

use std::cell::UnsafeCell;

use crate::scope::Scopes;
use crate::tally::Tally;

pub(crate) struct Thread {
    pub(crate) tally: Tally,
    pub(crate) scopes: Scopes,
}

thread_local! {
    // One thread-local, because an unoptimised build pays for each access. No destructor and a constant initial
    // value: the first access neither allocates nor registers anything, and the last one, in another thread-local's
    // destructor, still finds it.
    static THREAD: UnsafeCell<Thread> =
        const { UnsafeCell::new(Thread { tally: Tally::NEW, scopes: Scopes::NONE }) };
}

/// The calling thread's own, valid until the thread is gone.
///
/// Whoever follows the pointer does so for a few plain reads or writes during which nothing is called that
/// could allocate: then no two accesses overlap, because only the thread itself has the pointer.
#[inline(always)]
pub(crate) fn current() -> *mut Thread {
    THREAD.with(UnsafeCell::get)
}
