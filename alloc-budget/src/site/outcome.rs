//! Calls whose value says whether they are judged.

use std::future::Future;

use crate::budget::ledger;
use crate::budget::subject::Subject;
use crate::budget::unfinished::Unfinished;
use crate::limits::{Exemptible, Limits};
use crate::record::{self, Ending};
use crate::scope::leave::Closed;
use crate::scope::mode;
use crate::site::function::Site;
use crate::site::guard::Entry;
use crate::task::measured::measured;
use crate::task::progress::Progress;

/// The call of an annotated function: its body, and whether the budget skips a value of it.
pub fn call<const LIMITED: u8, T>(
    entry: Entry<impl Exemptible>,
    body: impl FnOnce() -> T,
    is_skipped: impl FnOnce(&T) -> bool,
) -> T {
    let Entry { site, limits, max_exempt, is_of_all_threads } = entry;
    let mut progress = Progress::new(site.is_counting(is_of_all_threads), is_of_all_threads);
    let unfinished = Unfinished::new(site);
    let value = progress.run::<LIMITED, _>(&limits, body);
    unfinished.finish();
    if progress.is_lost() {
        site.lost();
        return value;
    }
    site.conclude(progress.close::<LIMITED>(&limits), max_exempt, is_skipped(&value));
    value
}

/// The future of an annotated function that has come so far: measured, and judged by its value.
pub(super) fn concluded<const LIMITED: u8, F: Future>(
    site: &'static Site,
    limits: Limits,
    max_exempt: impl Exemptible,
    progress: Progress,
    future: F,
    is_skipped: impl FnOnce(&F::Output) -> bool,
) -> impl Future<Output = F::Output> {
    let unfinished = Unfinished::new(site);
    measured::<LIMITED, _, _, _>(future, limits, progress, move |value, closed, is_lost| {
        let site = unfinished.finish();
        if is_lost {
            closed.map(Closed::measured);
            site.lost();
            return (value, None);
        }
        site.conclude(closed, max_exempt, is_skipped(&value));
        // The verdict has its own place for a panic.
        (value, None)
    })
}

impl Site {
    /// The record of a call and the verdict on it, unless its value has it skipped.
    pub(super) fn conclude(
        &'static self,
        closed: Option<Closed>,
        max_exempt: impl Exemptible,
        is_skipped: bool,
    ) {
        let Some(mut closed) = closed else { return };
        if is_skipped {
            if mode::is_recorded() {
                record::ended(&self.described(), &mut closed, Ending::Skipped);
            }
            closed.measured();
            self.skip();
            if mode::is_watched() && !self.only_measures() {
                ledger::note(self, |entry| entry.skipped += 1);
            }
        } else {
            self.record(&closed.measurement);
            self.judge(closed.exempting(max_exempt));
        }
    }
}
