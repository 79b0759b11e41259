//! A thread's part in the scopes of all threads.

use crate::count::counters::Counters;
use crate::count::peaks::Peaks;
use crate::count::slots::{Slot, Slots};

/// What each thread has done while scopes of all threads were open.
pub(crate) static SLOTS: Slots = Slots::new();

/// Of those of them that ask for their peak.
pub(crate) static PEAKS: Peaks = Peaks::new();

/// The part of one thread.
pub(crate) struct ThreadSlot {
    /// Where the thread adds to; `None` until it first does.
    pub(crate) slot: Option<&'static Slot>,
    /// Nothing of what the thread does counts.
    pub(crate) is_paused: bool,
    /// What the thread does is in the peaks of the scopes from this serial on.
    pub(crate) first: i64,
    /// Of the newest scope that the thread has seen.
    pub(crate) serial: i64,
    /// What the slot had then.
    pub(crate) start: Counters,
}

impl ThreadSlot {
    pub(crate) const NONE: Self =
        Self { slot: None, is_paused: false, first: 0, serial: 0, start: Counters::ZERO };
}
