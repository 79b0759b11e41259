//! What functions annotated with `measure` have done so far.

use std::panic::Location;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};

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
        let mut records: Vec<_> = sites.iter().filter_map(|site| Some(site.recorder()?.read(site))).collect();
        records.sort_by(|a, b| (&a.name, a.location).cmp(&(&b.name, b.location)));
        records
    })
}

fn sites() -> &'static Mutex<Vec<&'static Site>> {
    static SITES: Mutex<Vec<&'static Site>> = Mutex::new(Vec::new());
    &SITES
}

pub(crate) struct Recorder {
    listed: AtomicBool,
    calls: AtomicU64,
    allocations: AtomicU64,
    reallocations: AtomicU64,
    deallocations: AtomicU64,
    bytes_allocated: AtomicU64,
    peak_bytes: AtomicU64,
    retained_bytes: AtomicI64,
}

impl Recorder {
    pub(crate) const fn new() -> Self {
        Self {
            listed: AtomicBool::new(false),
            calls: AtomicU64::new(0),
            allocations: AtomicU64::new(0),
            reallocations: AtomicU64::new(0),
            deallocations: AtomicU64::new(0),
            bytes_allocated: AtomicU64::new(0),
            peak_bytes: AtomicU64::new(0),
            retained_bytes: AtomicI64::new(i64::MIN),
        }
    }

    pub(crate) fn add(&self, site: &'static Site, m: &Measurement) {
        self.calls.fetch_add(1, Ordering::Relaxed);
        self.allocations.fetch_max(m.allocations, Ordering::Relaxed);
        self.reallocations.fetch_max(m.reallocations, Ordering::Relaxed);
        self.deallocations.fetch_max(m.deallocations, Ordering::Relaxed);
        self.bytes_allocated.fetch_max(m.bytes_allocated, Ordering::Relaxed);
        self.peak_bytes.fetch_max(m.peak_bytes, Ordering::Relaxed);
        self.retained_bytes.fetch_max(m.retained_bytes, Ordering::Relaxed);
        if !self.listed.swap(true, Ordering::Relaxed) {
            let _exempt = Exempt::enter();
            sites().lock().unwrap_or_else(PoisonError::into_inner).push(site);
        }
    }

    fn read(&self, site: &Site) -> Record {
        Record {
            name: site.name(),
            location: site.location(),
            calls: self.calls.load(Ordering::Relaxed),
            highest: Measurement {
                allocations: self.allocations.load(Ordering::Relaxed),
                reallocations: self.reallocations.load(Ordering::Relaxed),
                deallocations: self.deallocations.load(Ordering::Relaxed),
                bytes_allocated: self.bytes_allocated.load(Ordering::Relaxed),
                peak_bytes: self.peak_bytes.load(Ordering::Relaxed),
                retained_bytes: self.retained_bytes.load(Ordering::Relaxed),
            },
        }
    }
}
