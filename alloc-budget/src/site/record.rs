//! What functions annotated with `measure` have done so far.

use std::panic::Location;

use crate::budget::raise;
use crate::budget::subject::Subject;
use crate::count::measurement::Measurement;
use crate::site::recorded::recorded;

/// What all calls of one function with `#[alloc_budget(measure)]` did, on all threads.
///
/// ```
/// use alloc_budget::{alloc_budget, records};
///
/// #[alloc_budget(measure, name = "greeting")]
/// fn greet(name: &str) -> String {
///     ["Hello, ", name].concat()
/// }
///
/// greet("you");
/// greet("everybody");
///
/// let records = records();
/// let record = records.iter().find(|record| record.name == "greeting").unwrap();
/// assert_eq!(record.calls, 2);
/// assert_eq!(record.highest.retained_bytes, 16);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Record {
    /// The label. By default it is the function's path.
    pub name: String,
    /// Where the function is.
    pub location: &'static Location<'static>,
    /// How often the function has returned.
    pub calls: u64,
    /// How many of these calls failed and were skipped, with `on_err = skip`.
    pub skipped: u64,
    /// The highest value of each quantity in any one call that was not skipped. A budget would have
    /// to allow this.
    pub highest: Measurement,
}

/// The [`Record`]s of all functions with `#[alloc_budget(measure)]` that have returned at least
/// once, sorted by name.
///
/// A function with an empty body has no record.
pub fn records() -> Vec<Record> {
    raise::for_user(|| {
        let mut records: Vec<_> = recorded()
            .filter_map(|site| {
                let (calls, skipped, highest) = site.recorder.as_ref()?.read();
                Some(Record { name: site.name(), location: site.location, calls, skipped, highest })
            })
            .collect();
        records.sort_by(|a, b| (&a.name, a.location).cmp(&(&b.name, b.location)));
        records
    })
}
