//! The state of the process, which follows from what it is, and from what it is asked for.

use crate::budget::{at_end, dormant, environment, installed};
use crate::scope::exempt::bookkeeping;
use crate::scope::mode::{self, Extra, State};

#[inline]
pub(crate) fn state() -> State {
    mode::known().unwrap_or_else(settle)
}

#[cold]
#[inline(never)]
fn settle() -> State {
    if let Some(state) = mode::known_with_extra() {
        return state;
    }
    let state = || {
        let state = if environment::is_off() {
            State::Off
        } else if !installed::is_installed() {
            State::NotInstalled
        } else {
            environment::tracing().unwrap_or(BY_DEFAULT)
        };
        let mut extra = if environment::is_strict() {
            at_end::register();
            Extra::WATCHED
        } else if dormant::is_asleep() {
            Extra::DORMANT
        } else {
            Extra::NONE
        };
        if environment::ask_for_record() {
            extra = extra.and(Extra::RECORDED);
        }
        mode::set(state, extra);
        state
    };
    bookkeeping(state).unwrap_or(State::Off)
}

const BY_DEFAULT: State = if cfg!(feature = "backtrace") { State::TraceOverage } else { State::CountOnly };

/// Panics at the caller unless something counts. Measuring is not enforcing: it works with
/// `ALLOC_BUDGET=off` too.
#[track_caller]
pub(crate) fn require(what: &str) {
    if mode::is_counting() {
        return;
    }
    let state = state();
    if state == State::NotInstalled || state == State::Off && !installed::is_installed() {
        installed::refuse(what);
    }
}
