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

    fn of(byte: u8) -> Option<Self> {
        match byte {
            1 => Some(Self::CountOnly),
            2 => Some(Self::TraceOverage),
            3 => Some(Self::TraceAll),
            4 => Some(Self::Off),
            5 => Some(Self::NotInstalled),
            _ => None,
        }
    }
}

/// Past which limits an event is captured.
pub(crate) fn captured() -> u8 {
    if state() == State::CountOnly { Limit::NOTED } else { Limit::ANY }
}

/// What a process asks for beside its state: bits that the states leave free.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Extra(u8);

impl Extra {
    pub(crate) const NONE: Self = Self(0);
    /// `ALLOC_BUDGET=strict`: each entry and each exit is noted.
    pub(crate) const WATCHED: Self = Self(8);
    /// Nobody asked for the budgets that only the feature `enforce` has put here.
    pub(crate) const DORMANT: Self = Self(16);
    /// `ALLOC_BUDGET_RECORD`: each call is recorded, also where nothing counts.
    pub(crate) const RECORDED: Self = Self(32);

    pub(crate) const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    const fn only(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
}

/// A state, and its extras: together in one byte, so that one comparison tells whether a scope is
/// entered and nothing more.
static STATE: AtomicU8 = AtomicU8::new(0);

const LAST_PLAIN: u8 = State::TraceOverage as u8;

/// Whether the state is known, and one in which a scope is entered and nothing more.
#[inline(always)]
pub(crate) fn is_plain() -> bool {
    matches!(STATE.load(Ordering::Relaxed), 1..=LAST_PLAIN)
}

/// Whether that, and that each call is recorded, is all that the state asks for.
pub(crate) fn only_records() -> bool {
    let state = STATE.load(Ordering::Relaxed);
    state & Extra::RECORDED.0 != 0
        && matches!(state & !(Extra::RECORDED.0 | Extra::DORMANT.0), 1..=LAST_PLAIN)
}

/// Whether the state is known, and scopes are entered. False where there is an extra.
#[inline(always)]
pub(crate) fn is_counting() -> bool {
    const LAST: u8 = State::TraceAll as u8;
    matches!(STATE.load(Ordering::Relaxed), 1..=LAST)
}

/// Whether whoever enters a scope with limits may have more to do. Asked where the state is known.
#[inline(always)]
pub(crate) fn asks_for_more() -> bool {
    STATE.load(Ordering::Relaxed) > LAST_PLAIN
}

/// `None` as long as nobody has found out, and where there is an extra.
#[inline]
pub(crate) fn known() -> Option<State> {
    State::of(STATE.load(Ordering::Relaxed))
}

/// `None` as long as nobody has found out.
pub(crate) fn known_with_extra() -> Option<State> {
    State::of(STATE.load(Ordering::Relaxed) & 7)
}

/// Whoever has entered a scope has found out before. Off while that goes on.
#[inline]
pub(crate) fn state() -> State {
    known().or_else(known_with_extra).unwrap_or(State::Off)
}

fn has(extra: Extra) -> bool {
    STATE.load(Ordering::Relaxed) & extra.0 != 0
}

#[inline]
pub(crate) fn is_watched() -> bool {
    has(Extra::WATCHED)
}

pub(crate) fn is_dormant() -> bool {
    has(Extra::DORMANT)
}

#[inline]
pub(crate) fn is_recorded() -> bool {
    has(Extra::RECORDED)
}

/// From here on, no call is recorded.
pub(crate) fn end_record() {
    STATE.fetch_and(!Extra::RECORDED.0, Ordering::Relaxed);
}

pub(crate) fn set(state: State, extra: Extra) {
    let extra = if state.is_counting() { extra } else { extra.only(Extra::RECORDED) };
    STATE.store(state as u8 | extra.0, Ordering::Relaxed);
}
