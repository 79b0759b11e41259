//! Calls whose value says whether they are judged.

use crate::scope::leave::Closed;
use crate::site::function::Site;
use crate::site::guard::Entry;
use crate::task::progress::Progress;

/// The call of an annotated function: its body, and whether the budget skips a value of it.
pub fn call<const LIMITED: u8, T>(
    entry: Entry,
    body: impl FnOnce() -> T,
    is_skipped: impl FnOnce(&T) -> bool,
) -> T {
    let Entry { site, limits, is_of_all_threads } = entry;
    let mut progress = Progress::new(site.is_counting(), is_of_all_threads);
    let value = progress.run::<LIMITED, _>(&limits, body);
    if progress.is_lost() {
        site.lost();
    }
    site.conclude(progress.close::<LIMITED>(&limits), is_skipped(&value));
    value
}

impl Site {
    /// The record of a call and the verdict on it, unless its value has it skipped.
    pub(super) fn conclude(&'static self, closed: Option<Closed>, is_skipped: bool) {
        let Some(closed) = closed else { return };
        if is_skipped {
            closed.measured();
            self.skip();
        } else {
            self.record(&closed.measurement);
            self.judge(closed);
        }
    }
}
