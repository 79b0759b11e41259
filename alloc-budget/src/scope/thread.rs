//! What belongs to one thread: its tally, its open scopes, its part in scopes of all threads, its
//! warm-ups.
//!
//! There are two ways to it. [`with`] is for everybody. [`current`] and [`current_mut`] are for the
//! hot path, which can't pay for a flag: an event of the allocator, and the entry and exit of a
//! scope.

use std::cell::UnsafeCell;
use std::mem;
use std::process;
use std::ptr::{self, NonNull};

use crate::count::array::Array;
use crate::count::counters::Counters;
use crate::count::tally::Tally;
use crate::count::thread_slot::ThreadSlot;
use crate::scope::known::KnownBudgets;
use crate::scope::scopes::Scopes;

// The tally first: in an unoptimised build, an event would pay for another place.
#[repr(C)]
pub(crate) struct Thread {
    pub(crate) tally: Tally,
    pub(crate) scopes: Scopes,
    /// In scopes of all threads.
    pub(crate) part: ThreadSlot,
    /// How often each function that has a warm-up was called, by the address of its record.
    pub(crate) calls: Array<(*const (), u64)>,
    /// The budgets whose calls are recorded in a few steps.
    pub(crate) known: KnownBudgets,
    /// Whether it does the crate's own bookkeeping.
    pub(super) is_bookkeeping: bool,
    pub(super) is_cleaned_up_at_exit: bool,
    /// What else is to be done at the thread's end, for rooms above this one.
    pub(crate) farewell: Option<fn()>,
    /// What `scope/serving.rs` has set aside, or null.
    pub(super) aside: *mut (),
}

/// The thread's data, and whether [`with`] has lent it. The flag stands outside of the data, so
/// that looking at it touches nothing that is lent.
#[repr(C)]
struct Place {
    thread: Thread,
    is_lent: bool,
}

thread_local! {
    // One thread-local, because an unoptimised build pays for each access. Without a destructor and
    // with a constant initial value: the first access neither allocates nor registers anything, and
    // the last one, in another thread-local's destructor, still finds it.
    static PLACE: UnsafeCell<Place> =
        const { UnsafeCell::new(Place { thread: Thread::NEW, is_lent: false }) };
}

impl Thread {
    const NEW: Self = Self {
        tally: Tally::NEW,
        scopes: Scopes::NONE,
        part: ThreadSlot::NONE,
        calls: Array::EMPTY,
        known: KnownBudgets::NONE,
        is_bookkeeping: false,
        is_cleaned_up_at_exit: false,
        farewell: None,
        aside: ptr::null_mut(),
    };
}

/// Runs `f` with what belongs to the calling thread.
///
/// `f` works on the data that it is given, and on memory of `System`. It does nothing that finds
/// the same data by itself: it neither allocates from the global allocator, nor enters or leaves a
/// scope, nor calls `with` again. Calling it again ends the process: a panic must not leave the
/// allocator.
#[inline(always)]
pub(crate) fn with<T>(f: impl FnOnce(&mut Thread) -> T) -> T {
    let place = current().cast::<Place>();
    // SAFETY: the pointer is valid, and no other thread has it. While `f` runs, its reference is
    // the only one to the data:
    // - Another `with`, around this one or in `f`, is out of the question by the flag, which stands
    //   outside of the data.
    // - The hot path is not around this one, because its accesses are over before it calls
    //   anything.
    // - It is not in `f` either, which has no event and no scope of its own, see above.
    // Where `f` panics, the flag stays set, and nothing is lent any more.
    unsafe {
        let is_lent = &mut (*place).is_lent;
        if *is_lent {
            process::abort();
        }
        *is_lent = true;
        let value = f(&mut (*place).thread);
        *is_lent = false;
        value
    }
}

/// The calling thread's data, valid until the thread is gone. For the hot path.
///
/// Whoever follows the pointer does so for a few plain reads or writes, between which nothing is
/// called that could find the same data by itself, see [`with`].
#[inline(always)]
pub(crate) fn current() -> *mut Thread {
    place().as_ptr()
}

/// The same, to be written to.
///
/// # Safety
/// While the reference is used, nothing is called that could find the same data by itself.
#[inline(always)]
pub(crate) unsafe fn current_mut<'a>() -> &'a mut Thread {
    // Not `&mut *current()`: an unoptimised build looks into each such pointer for its alignment.
    // And not `as_mut`, which takes it by reference.
    // SAFETY: the pointer is valid, and as one that is not null it is laid out as a reference; that
    // the reference is the only one, the caller promises.
    unsafe { mem::transmute::<NonNull<Thread>, &'a mut Thread>(place()) }
}

/// Tells the thread from the others that there are now.
pub(crate) fn id() -> usize {
    current().addr()
}

// Written so that an unoptimised build makes few calls: three of them, and a result in a register.
#[inline(always)]
fn place() -> NonNull<Thread> {
    match PLACE.try_with(address) {
        Ok(place) => place,
        Err(_) => unreachable!("what has no destructor is never gone"),
    }
}

#[inline(always)]
fn address(cell: &UnsafeCell<Place>) -> NonNull<Thread> {
    // SAFETY: a cell is where its content is, which is where its first field is, and not at null.
    unsafe { mem::transmute::<&UnsafeCell<Place>, NonNull<Thread>>(cell) }
}

/// What has happened on this thread, up to a constant.
pub(crate) fn counters() -> Counters {
    with(|thread| thread.tally.counters())
}
