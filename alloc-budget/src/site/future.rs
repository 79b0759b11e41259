//! The future of an annotated function.

use std::future::Future;

use crate::budget::settings;
use crate::scope::leave::Closed;
use crate::scope::mode::State;
use crate::site::guard::Entry;
use crate::task::measured::{Measured, Totals};

/// The future of an annotated function, measured.
#[inline]
pub fn future<const LIMITED: u8, F: Future>(entry: Entry, future: F) -> impl Future<Output = F::Output> {
    let Entry { site, limits, is_of_all_threads } = entry;
    let state = settings::state();
    if state == State::NotInstalled {
        site.not_installed();
    }
    let totals = if is_of_all_threads { Totals::OF_ALL_THREADS } else { Totals::OF_ITSELF };
    Measured::<_, _, LIMITED>::new(future, limits, totals, state, move |value, closed: Option<Closed>| {
        if let Some(closed) = closed {
            site.record(&closed.measurement);
            site.judge(closed);
        }
        value
    })
}
