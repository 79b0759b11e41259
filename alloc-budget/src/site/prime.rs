//! What a function's first call on a thread makes ready, and is not charged with.

use std::ptr;

use crate::limits::{Exemptible, Limits};
use crate::scope::at_exit;
use crate::scope::exempt::exempt;
use crate::scope::thread::{self, Thread};
use crate::site::function::Site;
use crate::site::guard::Entry;

/// A call of an annotated function before its limits are known.
#[must_use]
pub struct Primed {
    site: &'static Site,
    is_judged: bool,
}

impl Primed {
    /// Runs `prime` if this is the function's first call on this thread. What it allocates counts
    /// nowhere, and the calls of the function that it makes are not judged.
    pub fn by(site: &'static Site, prime: impl FnOnce()) -> Self {
        Self { site, is_judged: !site.is_looked_at() || site.prime(prime) }
    }

    pub const fn entry<E: Exemptible>(self, limits: Limits, max_exempt: E) -> Entry<E> {
        if self.is_judged {
            Entry::new(self.site, limits, max_exempt)
        } else {
            Entry::new(self.site, Limits::NONE, E::ANY)
        }
    }
}

/// Drops what an expression gives where it was evaluated for what it does.
pub fn done<T>(_: T) {}

/// In place of the number of calls while the function is primed.
const PRIMING: u64 = u64::MAX;

impl Site {
    /// Whether this call is judged: it is none that `prime` makes.
    fn prime(&'static self, prime: impl FnOnce()) -> bool {
        let this = ptr::from_ref(self).cast();
        let calls = thread::with(|Thread { calls, .. }| {
            let known = calls.as_slice().iter().find(|(site, _)| *site == this);
            // Where the system has no memory left, nothing is primed.
            known.map(|(_, calls)| *calls).or_else(|| (!calls.push((this, PRIMING))).then_some(0))
        });
        if calls.is_none() {
            at_exit::register();
            let _priming = Priming(this);
            exempt(prime);
        }
        calls != Some(PRIMING)
    }
}

/// Ends when the function has been primed, or a panic kept it from being.
struct Priming(*const ());

impl Drop for Priming {
    fn drop(&mut self) {
        thread::with(|Thread { calls, .. }| {
            if let Some((_, calls)) = calls.as_mut_slice().iter_mut().find(|(site, _)| *site == self.0) {
                *calls = 0;
            }
        });
    }
}
