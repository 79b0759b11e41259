//! A thread's part in the scopes of all threads.

use std::ptr;

use crate::count::counters::Counters;
use crate::count::slots::{Slot, Slots};

/// What each thread has done while scopes of all threads were open.
pub(crate) static SLOTS: Slots = Slots::new();

/// The part of one thread.
pub(crate) struct ThreadSlot {
    pub(crate) slot: *const Slot,
    /// Nothing of what the thread does counts.
    pub(crate) is_paused: bool,
    /// Of the newest scope that the thread has seen.
    pub(crate) serial: u64,
    /// What the slot had then.
    pub(crate) start: Counters,
}

impl ThreadSlot {
    pub(crate) const NONE: Self =
        Self { slot: ptr::null(), is_paused: false, serial: 0, start: Counters::ZERO };

    pub(crate) fn slot(&self) -> Option<&'static Slot> {
        // SAFETY: null or a slot, which is never freed.
        unsafe { self.slot.as_ref() }
    }
}
