//! What is said at the end of the process, and with `ALLOC_BUDGET=strict` done.

use std::fmt::Write as _;

use crate::budget::environment;
use crate::budget::ledger::{self, Entry};
use crate::scope::exempt::bookkeeping;
use crate::scope::mode;

/// A process that fails, as Rust's panics and test harnesses say it.
#[cfg(any(unix, windows))]
const FAILURE: i32 = 101;

/// Optimised code of other crates has no budgets, unless the feature `enforce` puts them there.
const HAS_BUDGETS: bool = cfg!(any(debug_assertions, feature = "enforce", not(feature = "install")));

/// Has the process say at its end what has become of its budgets.
#[cfg(any(unix, windows))]
pub(super) fn register() {
    use std::ffi::c_int;
    use std::sync::Once;

    unsafe extern "C" {
        /// Of the C library, which std depends on.
        safe fn atexit(function: extern "C" fn()) -> c_int;
    }
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        if atexit(at_end) != 0 {
            environment::say("the system does not let it look at the end of the process");
        }
    });
}

#[cfg(not(any(unix, windows)))]
pub(super) fn register() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| environment::say("the end of the process can't be seen on this platform"));
}

#[cfg(any(unix, windows))]
extern "C" fn at_end() {
    use std::ffi::{c_int, c_void};

    unsafe extern "C" {
        fn fflush(stream: *mut c_void) -> c_int;
        safe fn _exit(status: c_int) -> !;
    }
    if bookkeeping(report) == Some(false) {
        // SAFETY: null stands for all streams. What C code has printed must not be lost: the end of
        // the process would have written it out, and `_exit` does not.
        unsafe { fflush(std::ptr::null_mut()) };
        // Not `exit`, which is where this is called from.
        _exit(FAILURE);
    }
}

/// Says what is to be said, and whether the process may end as it would.
fn report() -> bool {
    let is_strict = environment::is_strict();
    let entries = ledger::entries();
    let faults: Vec<String> = if is_strict {
        let builds = (!HAS_BUDGETS).then(|| format!("{NO_BUDGETS} ({ENFORCE})"));
        builds.into_iter().chain(entries.iter().flat_map(Entry::faults)).collect()
    } else {
        entries.iter().filter(|entry| entry.exceeded > 0).map(Entry::excess).collect()
    };
    if !HAS_BUDGETS && !is_strict && mode::known_with_extra().is_none() {
        environment::say(&format!("{NO_BUDGETS} ({ENFORCE})"));
    }
    if faults.is_empty() {
        return true;
    }
    let mut text = if is_strict {
        "ALLOC_BUDGET=strict fails this process, since not every budget was checked and kept:".to_owned()
    } else {
        "these budgets were exceeded:".to_owned()
    };
    for fault in &faults {
        let _ = write!(text, "\n  {fault}");
    }
    environment::say(&text);
    !is_strict
}

const NO_BUDGETS: &str =
    "only budgets of the crate under test, in its unit tests, are in this optimised program";
const ENFORCE: &str = "alloc-budget's feature `enforce` has the others checked as well";

impl Entry {
    /// What keeps it from being green.
    fn faults(&self) -> impl Iterator<Item = String> {
        let unchecked = (self.unchecked > 0).then(|| {
            self.with(concat!(
                "could not be checked: nothing counts allocations for alloc-budget ",
                env!("CARGO_PKG_VERSION")
            ))
        });
        let unjudged = (self.calls > 0 && self.judged == 0 && self.exceeded == 0).then(|| {
            let calls = times(self.calls);
            let why = if self.warmups == self.calls {
                "each call was a warm-up"
            } else if self.warmups > 0 {
                "each call was a warm-up, or did not come to its end"
            } else {
                "no call came to its end: it panicked, was dropped, or still runs"
            };
            self.with(&format!("was called {calls} and never judged: {why}"))
        });
        let exceeded = (self.exceeded > 0).then(|| self.excess());
        [unchecked, unjudged, exceeded].into_iter().flatten()
    }

    fn excess(&self) -> String {
        self.with(&format!("was exceeded {}", times(self.exceeded)))
    }

    fn with(&self, what: &str) -> String {
        format!("{}: the allocation budget of `{}` {what}", self.location, self.name)
    }
}

fn times(number: u64) -> String {
    if number == 1 { "once".to_owned() } else { format!("{number} times") }
}
