//! Live bytes of all threads together: numbers that every thread writes to, while a scope asks for
//! its peak.
//!
//! What a thread adds gives it a sum that no other one gets, so that each sum there was is compared
//! by the thread that made it. Nobody has to look at the right moment.

use std::ptr;

use crate::count::sync::{AtomicBool, AtomicI64, AtomicPtr, Ordering, constant};
use crate::count::system;

/// The live bytes in one scope. Cache lines of its own, because all threads write to it.
#[repr(align(128))]
pub(crate) struct Peak {
    /// Of the scope that has it; 0 where none has.
    serial: AtomicI64,
    limit: AtomicI64,
    live: AtomicI64,
    highest: AtomicI64,
    is_taken: AtomicBool,
    next: Option<&'static Peak>,
}

impl Peak {
    constant! {
        fn before(next: Option<&'static Self>) -> Self {
            Self {
                serial: AtomicI64::new(0),
                limit: AtomicI64::new(0),
                live: AtomicI64::new(0),
                highest: AtomicI64::new(0),
                is_taken: AtomicBool::new(true),
                next,
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
    /// They are never freed: there are as many as scopes had one at the same time.
    newest: AtomicPtr<Peak>,
}

impl Peaks {
    constant! {
        pub(crate) fn new() -> Self {
            Self { newest: AtomicPtr::new(ptr::null_mut()) }
        }
    }

    /// One that no scope has, for the scope with this serial and limit. `None` where the system has
    /// no memory left.
    pub(crate) fn take(&self, serial: i64, limit: i64) -> Option<&'static Peak> {
        let free = |peak: &&Peak| {
            let taken = peak.is_taken.compare_exchange(false, true, Ordering::Acquire, Ordering::Relaxed);
            taken.is_ok()
        };
        let peak = self.all().find(free).or_else(|| self.append())?;
        peak.limit.store(limit, Ordering::Relaxed);
        peak.live.store(0, Ordering::Relaxed);
        peak.highest.store(0, Ordering::Relaxed);
        peak.serial.store(serial, Ordering::Release);
        Some(peak)
    }

    /// That of the scope with this serial, where it has one.
    pub(crate) fn of(&self, serial: i64) -> Option<&'static Peak> {
        self.all().find(|peak| peak.serial.load(Ordering::Relaxed) == serial)
    }

    /// Adds to the live bytes of each scope whose serial is not below `first`, and says whether
    /// that takes one of them past its limit.
    pub(crate) fn add(&self, first: i64, bytes: i64) -> bool {
        let mut is_past = false;
        for peak in self.all() {
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

    fn all(&self) -> impl Iterator<Item = &'static Peak> + use<> {
        std::iter::successors(self.newest(), |peak| peak.next)
    }

    fn newest(&self) -> Option<&'static Peak> {
        // SAFETY: null, or from `append`: written before it was shared, and never freed.
        unsafe { self.newest.load(Ordering::Acquire).as_ref() }
    }

    fn append(&self) -> Option<&'static Peak> {
        let peak = system::keep(Peak::before(None))?;
        loop {
            peak.next = self.newest();
            let newest = peak.next.map_or(ptr::null_mut(), |newest| ptr::from_ref(newest).cast_mut());
            let appended =
                self.newest.compare_exchange_weak(newest, peak, Ordering::AcqRel, Ordering::Relaxed);
            if appended.is_ok() {
                return Some(peak);
            }
        }
    }
}
