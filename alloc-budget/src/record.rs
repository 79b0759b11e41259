//! What functions annotated with `measure` have done so far.

use std::panic::Location;
use std::ptr;
use std::sync::atomic::{AtomicI64, AtomicPtr, AtomicU64, Ordering};

use crate::budget::Measurement;
use crate::exempt;
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
/// by name. One with an empty body has no record: the attribute leaves it as it is.
pub fn records() -> Vec<Record> {
    exempt::for_user(|| {
        let recorded = |site: *const Site| {
            // SAFETY: null, or from `Recorder::add`, which is given what lives forever.
            unsafe { site.as_ref() }
        };
        let next = |site: &&Site| recorded(site.recorder()?.next.load(Ordering::Acquire));
        let sites = std::iter::successors(recorded(NEWEST.load(Ordering::Acquire)), next);
        let mut records: Vec<_> = sites.filter_map(|site| Some(site.recorder()?.read(site))).collect();
        records.sort_by(|a, b| (&a.name, a.location).cmp(&(&b.name, b.location)));
        records
    })
}

/// The function that has first returned last; from it on, each knows the one before it.
static NEWEST: AtomicPtr<Site> = AtomicPtr::new(ptr::null_mut());

/// The calls so far, and the highest value of each quantity in any of them. Without a lock: the function may be one of the
/// program's own allocator.
pub(crate) struct Recorder {
    calls: AtomicU64,
    allocations: AtomicU64,
    bytes_allocated: AtomicU64,
    peak_bytes: AtomicU64,
    retained_bytes: AtomicI64,
    reallocations: AtomicU64,
    deallocations: AtomicU64,
    /// The function that had first returned before this one.
    next: AtomicPtr<Site>,
}

impl Recorder {
    pub(crate) const fn new() -> Self {
        Self {
            calls: AtomicU64::new(0),
            allocations: AtomicU64::new(0),
            bytes_allocated: AtomicU64::new(0),
            peak_bytes: AtomicU64::new(0),
            retained_bytes: AtomicI64::new(i64::MIN),
            reallocations: AtomicU64::new(0),
            deallocations: AtomicU64::new(0),
            next: AtomicPtr::new(ptr::null_mut()),
        }
    }

    pub(crate) fn add(&self, site: &'static Site, measurement: &Measurement) {
        let raise = |highest: &AtomicU64, value: u64| highest.fetch_max(value, Ordering::Relaxed);
        raise(&self.allocations, measurement.allocations);
        raise(&self.bytes_allocated, measurement.bytes_allocated);
        raise(&self.peak_bytes, measurement.peak_bytes);
        self.retained_bytes.fetch_max(measurement.retained_bytes, Ordering::Relaxed);
        raise(&self.reallocations, measurement.reallocations);
        raise(&self.deallocations, measurement.deallocations);
        // Behind its values, for whoever reads the number of calls before them.
        if self.calls.fetch_add(1, Ordering::Release) == 0 {
            let this = ptr::from_ref(site).cast_mut();
            let mut newest = NEWEST.load(Ordering::Relaxed);
            loop {
                self.next.store(newest, Ordering::Relaxed);
                match NEWEST.compare_exchange_weak(newest, this, Ordering::AcqRel, Ordering::Relaxed) {
                    Ok(_) => return,
                    Err(other) => newest = other,
                }
            }
        }
    }

    fn read(&self, site: &Site) -> Record {
        let calls = self.calls.load(Ordering::Acquire);
        let highest = Measurement {
            allocations: self.allocations.load(Ordering::Relaxed),
            bytes_allocated: self.bytes_allocated.load(Ordering::Relaxed),
            peak_bytes: self.peak_bytes.load(Ordering::Relaxed),
            retained_bytes: self.retained_bytes.load(Ordering::Relaxed),
            reallocations: self.reallocations.load(Ordering::Relaxed),
            deallocations: self.deallocations.load(Ordering::Relaxed),
        };
        Record { name: site.name(), location: site.location(), calls, highest }
    }
}
