//! The future of an annotated function.

use std::future::Future;

use crate::limits::Exemptible;
use crate::site::guard::Entry;
use crate::site::outcome::concluded;
use crate::task::progress::Progress;

/// The future of an annotated function, measured; and whether the budget skips a value of it.
#[inline]
pub fn future<const LIMITED: u8, F: Future>(
    entry: Entry<impl Exemptible>,
    future: F,
    is_skipped: impl FnOnce(&F::Output) -> bool,
) -> impl Future<Output = F::Output> {
    let Entry { site, limits, max_exempt, is_of_all_threads } = entry;
    let progress = Progress::new(site.is_counting(is_of_all_threads), is_of_all_threads);
    concluded::<LIMITED, _>(site, limits, max_exempt, progress, future, is_skipped)
}
