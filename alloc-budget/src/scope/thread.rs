//! What belongs to one thread: its tally, its open scopes, its part in scopes of all threads, its warm-ups.

use std::cell::UnsafeCell;
use std::mem;
use std::ptr::NonNull;

use crate::count::array::Array;
use crate::count::counters::Counters;
use crate::count::tally::Tally;
use crate::count::thread_slot::ThreadSlot;
use crate::scope::scopes::Scopes;

pub(crate) struct Thread {
    pub(crate) tally: Tally,
    pub(crate) scopes: Scopes,
    /// In scopes of all threads.
    pub(crate) part: ThreadSlot,
    /// How often each function that has a warm-up was called, by the address of its record.
    pub(crate) calls: Array<(*const (), u64)>,
    pub(super) is_cleaned_up_at_exit: bool,
}

thread_local! {
    // One thread-local, because an unoptimised build pays for each access. No destructor and a constant initial
    // value: the first access neither allocates nor registers anything, and the last one, in another thread-local's
    // destructor, still finds it.
    static THREAD: UnsafeCell<Thread> =
        const { UnsafeCell::new(Thread::NEW) };
}

impl Thread {
    const NEW: Self = Self {
        tally: Tally::NEW,
        scopes: Scopes::NONE,
        part: ThreadSlot::NONE,
        calls: Array::EMPTY,
        is_cleaned_up_at_exit: false,
    };
}

/// The calling thread's own, valid until the thread is gone.
///
/// Whoever follows the pointer does so for a few plain reads or writes during which nothing is called that
/// could allocate: then no two accesses overlap, because only the thread itself has the pointer.
#[inline(always)]
pub(crate) fn current() -> *mut Thread {
    place().as_ptr()
}

/// The same, to be written to.
///
/// # Safety
/// No other reference to it is used as long as this one is: nothing is called meanwhile that could allocate.
#[inline(always)]
pub(crate) unsafe fn current_mut<'a>() -> &'a mut Thread {
    // Not `&mut *current()`: an unoptimised build looks into each such pointer for its alignment.
    // SAFETY: the pointer is valid; that the reference is the only one, the caller promises.
    unsafe { place().as_mut() }
}

// Written so that an unoptimised build makes few calls: three of them, and a result in a register.
#[inline(always)]
fn place() -> NonNull<Thread> {
    match THREAD.try_with(address) {
        Ok(place) => place,
        Err(_) => unreachable!("what has no destructor is never gone"),
    }
}

#[inline(always)]
fn address(cell: &UnsafeCell<Thread>) -> NonNull<Thread> {
    // SAFETY: a cell is where its content is, and not at null.
    unsafe { mem::transmute::<&UnsafeCell<Thread>, NonNull<Thread>>(cell) }
}

/// What has happened on this thread, up to a constant.
pub(crate) fn counters() -> Counters {
    // SAFETY: a plain access to what belongs to this thread, see [`current`].
    unsafe { (*current()).tally.counters() }
}
