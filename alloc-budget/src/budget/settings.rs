//! What the environment asks for, and the state of the process that follows from it.

use std::fmt::Write as _;
use std::io::Write as _;
use std::sync::OnceLock;

use crate::budget::installed;
use crate::scope::exempt::bookkeeping;
use crate::scope::mode::{self, State};

/// What to do about an overage.
///
/// `ALLOC_BUDGET` in the environment overrides it.
///
/// ```
/// use alloc_budget::{Budget, OnOverage};
///
/// let budget = Budget::new().max(0).on_overage(OnOverage::Warn);
/// assert_eq!(budget.enforce(|| vec![7]), [7]); // and a report on standard error
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum OnOverage {
    /// Panics with the report.
    #[default]
    Panic,
    /// Writes the report to standard error and goes on. The test harness doesn't capture it.
    Warn,
    /// Writes the report to standard error and aborts the process.
    Abort,
}

#[inline]
pub(crate) fn state() -> State {
    mode::known().unwrap_or_else(settle)
}

#[cold]
#[inline(never)]
fn settle() -> State {
    let state = || {
        let environment = environment();
        let state = if environment.off {
            State::Off
        } else if !installed::is_installed() {
            State::NotInstalled
        } else {
            environment.tracing
        };
        mode::set(state);
        state
    };
    bookkeeping(state).unwrap_or(State::Off)
}

struct Environment {
    off: bool,
    action: Option<OnOverage>,
    tracing: State,
}

/// The action of `ALLOC_BUDGET`, which overrides what the code says.
pub(crate) fn action() -> Option<OnOverage> {
    environment().action
}

fn environment() -> &'static Environment {
    static ENVIRONMENT: OnceLock<Environment> = OnceLock::new();
    ENVIRONMENT.get_or_init(|| {
        let unset = if cfg!(feature = "backtrace") { State::TraceOverage } else { State::CountOnly };
        let full = if cfg!(feature = "backtrace") { State::TraceAll } else { State::CountOnly };
        let (off, action) = variable(
            "ALLOC_BUDGET",
            &[
                ("panic", (false, Some(OnOverage::Panic))),
                ("warn", (false, Some(OnOverage::Warn))),
                ("abort", (false, Some(OnOverage::Abort))),
                ("off", (true, None)),
            ],
            (false, None),
        );
        let tracing = variable("ALLOC_BUDGET_TRACE", &[("off", State::CountOnly), ("full", full)], unset);
        Environment { off, action, tracing }
    })
}

/// The value of a variable, among those that it can have.
fn variable<T: Copy>(name: &str, values: &[(&str, T)], unset: T) -> T {
    let Some(given) = std::env::var_os(name).filter(|given| !given.is_empty()) else { return unset };
    if let Some((_, value)) = values.iter().find(|(known, _)| given == *known) {
        return *value;
    }
    let given = given.to_string_lossy();
    let mut line = format!("{name}={} is ignored: it can be", given.escape_debug());
    for (i, (known, _)) in values.iter().enumerate() {
        let _ = write!(line, "{} {known}", if i == 0 { "" } else { "," });
    }
    say(&line);
    unset
}

/// Writes a line to the real standard error, which the test harness does not capture.
pub(crate) fn say(line: &str) {
    // One write, so that lines of several threads don't mix. Nobody is left to tell when it fails.
    let _ = std::io::stderr().write_all(format!("alloc-budget: {line}\n").as_bytes());
}

/// Panics at the caller unless something counts. Measuring is not enforcing: it works with
/// `ALLOC_BUDGET=off` too.
#[track_caller]
pub(crate) fn require(what: &str) {
    let state = state();
    if state == State::NotInstalled || state == State::Off && !installed::is_installed() {
        installed::refuse(what);
    }
}
