//! What the environment asks for, and the state of the process that follows from it.

use std::cell::Cell;
use std::fmt::Write as _;
use std::io::Write as _;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU8, Ordering};

use crate::exempt::exempt;
use crate::installed;
use crate::overage::OnOverage;

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

static STATE: AtomicU8 = AtomicU8::new(0);

/// Whether the state is known, and one in which a scope is entered and nothing more.
#[inline(always)]
pub(crate) fn is_plain() -> bool {
    const LAST: u8 = State::TraceOverage as u8;
    matches!(STATE.load(Ordering::Relaxed), 1..=LAST)
}

#[inline]
pub(crate) fn state() -> State {
    match STATE.load(Ordering::Relaxed) {
        1 => State::CountOnly,
        2 => State::TraceOverage,
        3 => State::TraceAll,
        4 => State::Off,
        5 => State::NotInstalled,
        _ => settle(),
    }
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
        STATE.store(state as u8, Ordering::Relaxed);
        state
    };
    alone(state).unwrap_or(State::Off)
}

/// Runs what allocates, uncounted, unless this is a part of such: the functions of the program's own allocator may have
/// budgets.
pub(crate) fn alone<T>(f: impl FnOnce() -> T) -> Option<T> {
    thread_local!(static IS_BUSY: Cell<bool> = const { Cell::new(false) });
    struct Busy;
    impl Drop for Busy {
        fn drop(&mut self) {
            IS_BUSY.set(false);
        }
    }
    if IS_BUSY.replace(true) {
        return None;
    }
    let _busy = Busy;
    Some(exempt(f))
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

/// What is wrong where nothing counts.
pub(crate) fn unchecked(what: &str) -> String {
    format!("{what} cannot be checked: nothing counts allocations in this program")
}

/// The message for a budget that must be checked and cannot.
pub(crate) fn not_installed(what: &str) -> String {
    format!(
        "{}

help: let alloc-budget count in tests, with these lines in Cargo.toml

    [dev-dependencies]
    alloc-budget = {{ version = \"{}.{}\", features = [\"install\"] }}

help: or, where the program has a global allocator of its own, wrap it in `alloc_budget::CountingAllocator`",
        unchecked(what),
        env!("CARGO_PKG_VERSION_MAJOR"),
        env!("CARGO_PKG_VERSION_MINOR"),
    )
}

/// Panics at the caller, for want of a counting allocator.
#[cold]
#[track_caller]
pub(crate) fn refuse(what: &str) -> ! {
    panic!("{}", not_installed(what))
}

/// Panics at the caller unless something counts. Measuring is not enforcing: it works with `ALLOC_BUDGET=off` too.
#[track_caller]
pub(crate) fn require(what: &str) {
    let state = state();
    if state == State::NotInstalled || state == State::Off && !installed::is_installed() {
        refuse(what);
    }
}
