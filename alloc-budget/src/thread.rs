//! What belongs to one thread: its tally, its open scopes, its part in scopes of all threads, its warm-ups.

use std::cell::{Cell, UnsafeCell};
use std::mem;
use std::ptr::NonNull;

use crate::all_threads::{self, Part};
use crate::array::Array;
use crate::exempt::Exempt;
use crate::scope::{self, Scopes};
use crate::site::Site;
use crate::tally::Tally;

pub(crate) struct Thread {
    pub(crate) tally: Tally,
    pub(crate) scopes: Scopes,
    /// In scopes of all threads.
    pub(crate) part: Part,
    /// How often each function that has a warm-up was called.
    pub(crate) calls: Array<(&'static Site, u64)>,
    is_cleaned_up_at_exit: bool,
}

thread_local! {
    // One thread-local, because an unoptimised build pays for each access. No destructor and a constant initial
    // value: the first access neither allocates nor registers anything, and the last one, in another thread-local's
    // destructor, still finds it.
    static THREAD: UnsafeCell<Thread> =
        const { UnsafeCell::new(Thread::NEW) };
    // The destructor that the above must not have, so that it works to the very end of a thread. A scope opened after it
    // ran leaves its memory behind.
    static CLEANUP: Cleanup = const { Cleanup(Cell::new(())) };
}

impl Thread {
    const NEW: Self = Self {
        tally: Tally::NEW,
        scopes: Scopes::NONE,
        part: Part::NONE,
        calls: Array::EMPTY,
        is_cleaned_up_at_exit: false,
    };
}

struct Cleanup(Cell<()>);

impl Drop for Cleanup {
    fn drop(&mut self) {
        // SAFETY: plain writes to what belongs to this thread; the calls are memory of `System`.
        unsafe {
            let thread = &mut *current();
            thread.is_cleaned_up_at_exit = false;
            thread.calls.free();
        }
        scope::clean_up();
        all_threads::clean_up();
    }
}

/// Has the thread give back what it holds when it ends. False where it is too late.
pub(crate) fn clean_up_at_exit() -> bool {
    // Registering that may allocate.
    let _exempt = Exempt::enter();
    let is_registered = CLEANUP.try_with(|cleanup| cleanup.0.set(())).is_ok();
    // SAFETY: a plain write to what belongs to this thread.
    unsafe { (*current()).is_cleaned_up_at_exit = is_registered };
    is_registered
}

pub(crate) fn is_cleaned_up_at_exit() -> bool {
    // SAFETY: a plain read of what belongs to this thread.
    unsafe { (*current()).is_cleaned_up_at_exit }
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
