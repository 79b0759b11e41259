//! How scopes are run in this process, once that is known.

use std::sync::atomic::{AtomicU8, Ordering};

use crate::count::limit::Limit;

/// How a scope is run in this process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum State {
    /// Budgets are enforced, without call sites.
    CountOnly = 1,
    /// Call sites of the allocations past a limit.
    TraceOverage,
    /// Call sites of every allocation in a scope with limits.
    TraceAll,
    /// `ALLOC_BUDGET=off`: budgets are not looked at.
    Off,
    /// Nothing counts.
    NotInstalled,
}

impl State {
    pub(crate) fn is_counting(self) -> bool {
        !matches!(self, Self::Off | Self::NotInstalled)
    }
}

/// Past which limits an event is captured.
pub(crate) fn captured() -> u8 {
    if state() == State::CountOnly { Limit::NOTED } else { Limit::ANY }
}

static STATE: AtomicU8 = AtomicU8::new(0);

/// Whether the state is known, and one in which a scope is entered and nothing more.
#[inline(always)]
pub(crate) fn is_plain() -> bool {
    const LAST: u8 = State::TraceOverage as u8;
    matches!(STATE.load(Ordering::Relaxed), 1..=LAST)
}

/// `None` as long as nobody has found out.
#[inline]
pub(crate) fn known() -> Option<State> {
    match STATE.load(Ordering::Relaxed) {
        1 => Some(State::CountOnly),
        2 => Some(State::TraceOverage),
        3 => Some(State::TraceAll),
        4 => Some(State::Off),
        5 => Some(State::NotInstalled),
        _ => None,
    }
}

/// Whoever has entered a scope has found out before. Off while that goes on.
#[inline]
pub(crate) fn state() -> State {
    known().unwrap_or(State::Off)
}

pub(crate) fn set(state: State) {
    STATE.store(state as u8, Ordering::Relaxed);
}
