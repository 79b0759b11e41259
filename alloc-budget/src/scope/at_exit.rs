//! What a thread gives back at its end.

use std::cell::Cell;

use crate::count::thread_slot::SLOTS;
use crate::scope::exempt::{self, Exempt};
use crate::scope::thread;

thread_local! {
    // The destructor that the thread's own data must not have, so that it works to the very end of
    // a thread. A scope opened after it ran leaves its memory behind.
    static CLEANUP: Cleanup = const { Cleanup(Cell::new(())) };
}

struct Cleanup(Cell<()>);

impl Drop for Cleanup {
    fn drop(&mut self) {
        exempt::end_all();
        if let Some(farewell) = thread::with(|thread| thread.farewell.take()) {
            farewell();
        }
        let slot = thread::with(|thread| {
            thread.is_cleaned_up_at_exit = false;
            thread.calls.free();
            thread.scopes.free();
            thread.part.slot.replace(SLOTS.shared())
        });
        if let Some(slot) = slot {
            slot.give_back();
        }
    }
}

/// Has the thread give back what it holds when it ends. False where it is too late.
pub(crate) fn register() -> bool {
    // Registering that may allocate.
    let _exempt = Exempt::enter();
    let is_registered = CLEANUP.try_with(|cleanup| cleanup.0.set(())).is_ok();
    thread::with(|thread| thread.is_cleaned_up_at_exit = is_registered);
    is_registered
}

pub(crate) fn is_registered() -> bool {
    thread::with(|thread| thread.is_cleaned_up_at_exit)
}
