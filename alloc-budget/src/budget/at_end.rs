//! What is said at the end of the process, and with `ALLOC_BUDGET=strict` done.

use std::fmt::Write as _;
use std::sync::Once;

use crate::budget::environment;
use crate::budget::ledger::{self, Entry};
use crate::record;
use crate::scope::exempt::bookkeeping;
use crate::scope::{mode, process_end};

/// Optimised code of other crates has no budgets, unless the feature `enforce` puts them there.
const HAS_BUDGETS: bool = cfg!(any(debug_assertions, feature = "enforce", not(feature = "install")));

/// Has the process say at its end what has become of its budgets.
pub(super) fn register() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        if !process_end::at_end(at_end) {
            environment::say("the end of the process, where it would look back, can't be seen here");
        }
    });
}

extern "C" fn at_end() {
    if bookkeeping(report) == Some(false) {
        record::finish();
        system::fail();
    }
}

#[cfg(any(unix, windows))]
mod system {
    use std::ffi::{c_int, c_void};
    use std::ptr;

    /// As Rust's panics and test harnesses say it.
    const FAILURE: c_int = 101;

    // Of the C library, which std depends on.
    unsafe extern "C" {
        fn fflush(stream: *mut c_void) -> c_int;
        safe fn _exit(status: c_int) -> !;
    }

    /// Ends the process. Not by `exit`, which is what it ends by already.
    pub(super) fn fail() {
        // SAFETY: null stands for all streams. What C code has printed must not be lost: `exit`
        // would write it out, and `_exit` does not.
        unsafe { fflush(ptr::null_mut()) };
        _exit(FAILURE);
    }
}

#[cfg(not(any(unix, windows)))]
mod system {
    pub(super) fn fail() {}
}

/// Says what is to be said, and whether the process may end as it would.
fn report() -> bool {
    let is_strict = environment::is_strict();
    let entries = ledger::entries();
    let faults: Vec<String> = if is_strict {
        let builds = (!HAS_BUDGETS).then(|| format!("{NO_BUDGETS} ({ENFORCE})"));
        builds.into_iter().chain(entries.iter().flat_map(Entry::faults)).collect()
    } else {
        entries.iter().filter(|entry| entry.is_told_at_end).map(Entry::excess).collect()
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

const VERSION: &str = env!("CARGO_PKG_VERSION");
const NO_BUDGETS: &str = "no budget was checked: an optimised build has those of unit tests only";
const ENFORCE: &str = "alloc-budget's feature `enforce` has all of them checked";

impl Entry {
    /// What keeps it from being green.
    fn faults(&self) -> impl Iterator<Item = String> {
        let unchecked = self.unchecked > 0;
        let unchecked = unchecked.then(|| format!("nothing counts allocations for alloc-budget {VERSION}"));
        let lost = (self.lost > 0).then(|| "the block waited where that could not be seen".to_owned());
        let unchecked = unchecked.or(lost).map(|why| self.with(&format!("could not be checked: {why}")));
        let is_unjudged = self.calls > 0 && self.judged + self.exceeded + self.lost == 0;
        let unjudged = is_unjudged.then(|| {
            let (calls, why) = (times(self.calls), self.why_unjudged());
            self.with(&format!("was called {calls} and never judged: {why}"))
        });
        let exceeded = (self.exceeded > 0).then(|| self.excess());
        [unchecked, unjudged, exceeded].into_iter().flatten()
    }

    fn why_unjudged(&self) -> &'static str {
        if self.warmups == self.calls {
            "each call was a warm-up"
        } else if self.skipped == self.calls {
            "each call failed, and `on_err = skip` leaves those out"
        } else if self.warmups + self.skipped > 0 {
            "each call was a warm-up, failed, or did not come to its end"
        } else {
            "no call came to its end: it panicked, was dropped, or still runs"
        }
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
