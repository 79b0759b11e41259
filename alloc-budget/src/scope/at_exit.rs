//! What a thread gives back at its end.

use std::cell::Cell;
use std::mem;

use crate::count::thread_slot::SLOTS;
use crate::scope::exempt::{self, Exempt};
use crate::scope::scopes::Scopes;
use crate::scope::thread::{self, Thread};

thread_local! {
    // The destructor that the thread's own data must not have, so that it works to the very end of a thread. A scope opened
    // after it ran leaves its memory behind.
    static CLEANUP: Cleanup = const { Cleanup(Cell::new(())) };
}

struct Cleanup(Cell<()>);

impl Drop for Cleanup {
    fn drop(&mut self) {
        exempt::end_all();
        // SAFETY: plain accesses to what belongs to this thread; the calls and the slots are memory of `System`.
        let slot = unsafe {
            let Thread { scopes, part, calls, is_cleaned_up_at_exit, .. } = &mut *thread::current();
            *is_cleaned_up_at_exit = false;
            calls.free();
            scopes.slots.free();
            *scopes = Scopes::NONE;
            mem::replace(&mut part.slot, SLOTS.shared())
        };
        // SAFETY: null or a slot, which is never freed.
        if let Some(slot) = unsafe { slot.as_ref() } {
            slot.give_back();
        }
    }
}

/// Has the thread give back what it holds when it ends. False where it is too late.
pub(crate) fn register() -> bool {
    // Registering that may allocate.
    let _exempt = Exempt::enter();
    let is_registered = CLEANUP.try_with(|cleanup| cleanup.0.set(())).is_ok();
    // SAFETY: a plain write to what belongs to this thread.
    unsafe { (*thread::current()).is_cleaned_up_at_exit = is_registered };
    is_registered
}

pub(crate) fn is_registered() -> bool {
    // SAFETY: a plain read of what belongs to this thread.
    unsafe { (*thread::current()).is_cleaned_up_at_exit }
}
