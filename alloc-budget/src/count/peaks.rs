//! Live bytes of all threads together: numbers that every thread writes to, while a scope asks for
//! its peak.
//!
//! What a thread adds gives it a sum that no other one gets, so that each sum there was is compared
//! by the thread that made it. Nobody has to look at the right moment.

use crate::count::list::{List, Node};
use crate::count::sync::{AtomicBool, AtomicI64, Ordering, constant};

/// The live bytes in one scope. Cache lines of its own, because all threads write to it.
#[repr(align(128))]
pub(crate) struct Peak {
    /// Of the scope that has it; 0 where none has.
    serial: AtomicI64,
    limit: AtomicI64,
    live: AtomicI64,
    highest: AtomicI64,
    is_taken: AtomicBool,
}

impl Peak {
    constant! {
        fn taken() -> Self {
            Self {
                serial: AtomicI64::new(0),
                limit: AtomicI64::new(0),
                live: AtomicI64::new(0),
                highest: AtomicI64::new(0),
                is_taken: AtomicBool::new(true),
            }
        }
    }

    /// The highest number of live bytes since it was taken, and at least 0.
    pub(crate) fn highest(&self) -> i64 {
        self.highest.load(Ordering::Relaxed)
    }

    pub(crate) fn live(&self) -> i64 {
        self.live.load(Ordering::Relaxed)
    }

    /// For another scope to take.
    pub(crate) fn give_back(&self) {
        self.serial.store(0, Ordering::Relaxed);
        self.is_taken.store(false, Ordering::Release);
    }
}

/// Those of the process.
pub(crate) struct Peaks {
    /// As many as scopes had one at the same time.
    all: List<Peak>,
}

impl Peaks {
    constant! {
        pub(crate) fn new() -> Self {
            Self { all: List::new() }
        }
    }

    /// One that no scope has, for the scope with this serial and limit. `None` where the system has
    /// no memory left.
    pub(crate) fn take(&self, serial: i64, limit: i64) -> Option<&'static Peak> {
        let free = |peak: &Peak| {
            let taken = peak.is_taken.compare_exchange(false, true, Ordering::Acquire, Ordering::Relaxed);
            taken.is_ok()
        };
        let peak = self.all.find(free).or_else(|| self.all.append(Peak::taken()))?;
        peak.limit.store(limit, Ordering::Relaxed);
        peak.live.store(0, Ordering::Relaxed);
        peak.highest.store(0, Ordering::Relaxed);
        peak.serial.store(serial, Ordering::Release);
        Some(peak)
    }

    /// That of the scope with this serial, where it has one.
    pub(crate) fn of(&self, serial: i64) -> Option<&'static Peak> {
        self.all.find(|peak| peak.serial.load(Ordering::Relaxed) == serial)
    }

    /// Adds to the live bytes of each scope whose serial is not below `first`, and says whether
    /// that takes one of them past its limit.
    pub(crate) fn add(&self, first: i64, bytes: i64) -> bool {
        let mut is_past = false;
        for Node { element: peak, .. } in self.all.nodes() {
            let serial = peak.serial.load(Ordering::Acquire);
            if serial == 0 || serial < first {
                continue;
            }
            let live = peak.live.fetch_add(bytes, Ordering::Relaxed) + bytes;
            if bytes > 0 {
                if live > peak.highest() {
                    peak.highest.fetch_max(live, Ordering::Relaxed);
                }
                is_past |= live > peak.limit.load(Ordering::Relaxed);
            }
        }
        is_past
    }
}
