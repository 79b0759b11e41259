//! The future of an annotated function.

use std::future::Future;

use crate::scope::leave::Closed;
use crate::site::guard::Entry;
use crate::task::measured::measured;
use crate::task::progress::Progress;

/// The future of an annotated function, measured.
#[inline]
pub fn future<const LIMITED: u8, F: Future>(entry: Entry, future: F) -> impl Future<Output = F::Output> {
    let Entry { site, limits, is_of_all_threads } = entry;
    let progress = Progress::new(site.is_counting(), is_of_all_threads);
    measured::<LIMITED, _, _, _>(future, limits, progress, move |value, closed: Option<Closed>| {
        if let Some(closed) = closed {
            site.record(&closed.measurement);
            site.judge(closed);
        }
        // The verdict has its own place for a panic.
        (value, None)
    })
}
