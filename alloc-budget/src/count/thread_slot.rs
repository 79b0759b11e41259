//! A thread's part in the scopes of all threads.

use crate::count::counters::Counters;
use crate::count::slots::{Slot, Slots};

/// What each thread has done while scopes of all threads were open.
pub(crate) static SLOTS: Slots = Slots::new();

/// The part of one thread.
pub(crate) struct ThreadSlot {
    /// Where the thread adds to; `None` until it first does.
    pub(crate) slot: Option<&'static Slot>,
    /// Nothing of what the thread does counts.
    pub(crate) is_paused: bool,
    /// Of the newest scope that the thread has seen.
    pub(crate) serial: u64,
    /// What the slot had then.
    pub(crate) start: Counters,
}

impl ThreadSlot {
    pub(crate) const NONE: Self = Self { slot: None, is_paused: false, serial: 0, start: Counters::ZERO };
}
