//! What functions annotated with `measure` have done so far.

use std::panic::Location;
use std::sync::{Mutex, PoisonError};

use crate::budget::Measurement;
use crate::exempt::{self, Exempt};
use crate::site::Site;

/// The calls of one function annotated with `#[alloc_budget(measure)]`, on all threads.
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
    /// The label, or the function's path.
    pub name: String,
    /// Where the function is.
    pub location: &'static Location<'static>,
    /// How often it has returned.
    pub calls: u64,
    /// The highest value of each quantity in any one call: what a budget would have to allow.
    pub highest: Measurement,
}

/// The records of all functions annotated with `#[alloc_budget(measure)]` that have returned at least once,
/// by name.
pub fn records() -> Vec<Record> {
    exempt::for_user(|| {
        let sites = sites().lock().unwrap_or_else(PoisonError::into_inner);
        let mut records: Vec<_> = sites.iter().filter_map(|site| site.recorder()?.read(site)).collect();
        records.sort_by(|a, b| (&a.name, a.location).cmp(&(&b.name, b.location)));
        records
    })
}

fn sites() -> &'static Mutex<Vec<&'static Site>> {
    static SITES: Mutex<Vec<&'static Site>> = Mutex::new(Vec::new());
    &SITES
}

/// The calls so far, and the highest value of each quantity in any of them.
pub(crate) struct Recorder(Mutex<Option<(u64, Measurement)>>);

impl Recorder {
    pub(crate) const fn new() -> Self {
        Self(Mutex::new(None))
    }

    pub(crate) fn add(&self, site: &'static Site, measurement: &Measurement) {
        let _exempt = Exempt::enter();
        let mut record = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((calls, highest)) = &mut *record {
            *calls += 1;
            *highest = highest.max(measurement);
            return;
        }
        *record = Some((1, *measurement));
        drop(record);
        sites().lock().unwrap_or_else(PoisonError::into_inner).push(site);
    }

    fn read(&self, site: &Site) -> Option<Record> {
        let (calls, highest) = (*self.0.lock().unwrap_or_else(PoisonError::into_inner))?;
        Some(Record { name: site.name(), location: site.location(), calls, highest })
    }
}
