//! The functions that have records: linked when they first return, and never unlinked.

use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};

use crate::count::measurement::Measurement;
use crate::site::function::Site;
use crate::site::recorder::Recorder;

/// The function that has first returned last, of those that have a recorder; from it on, each knows
/// the one before it.
static NEWEST: AtomicPtr<Site> = AtomicPtr::new(ptr::null_mut());

/// The functions with a recorder that have returned, the newest first.
pub(super) fn recorded() -> impl Iterator<Item = &'static Site> {
    let at = |site: *const Site| {
        // SAFETY: null, or from `Site::link`, which is given what lives forever.
        unsafe { site.as_ref() }
    };
    std::iter::successors(at(NEWEST.load(Ordering::Acquire)), move |site| {
        at(site.next.load(Ordering::Acquire))
    })
}

impl Site {
    pub(super) fn record(&'static self, measurement: &Measurement) {
        if self.recorder.as_ref().is_some_and(|recorder| recorder.add(measurement)) {
            self.link();
        }
    }

    /// The record of a call whose numbers nobody asks for.
    pub(super) fn skip(&'static self) {
        if self.recorder.as_ref().is_some_and(Recorder::skip) {
            self.link();
        }
    }

    /// Remembers a function that has returned for the first time.
    fn link(&'static self) {
        let this = ptr::from_ref(self).cast_mut();
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
