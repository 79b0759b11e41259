//! The hidden door that expanded code uses. Not public API: it changes without notice.

use std::fmt::Display;

pub use crate::limits::{Limits, amount, here, literal};
pub use crate::overage::OnOverage;
pub use crate::site::Site;

use crate::scope::Scope;
use crate::settings::{self, State};

/// The local in front of an annotated function's body. Dropped, it closes the scope and judges.
pub struct Guard {
    scope: Scope,
    site: &'static Site,
}

impl Guard {
    #[inline(always)]
    #[must_use]
    pub fn enter(site: &'static Site, limits: Limits) -> Self {
        let scope = match settings::state() {
            State::Off => Scope::CLOSED,
            State::NotInstalled => {
                site.not_installed();
                Scope::CLOSED
            }
            state => Scope::enter(limits, state),
        };
        Self { scope, site }
    }

    /// As [`Guard::enter`], for a function whose first `warmup` calls on a thread are not judged.
    #[inline]
    #[must_use]
    pub fn enter_warm(site: &'static Site, limits: Limits, warmup: u64) -> Self {
        let limits = if site.is_warm(warmup) { limits } else { Limits::NONE };
        Self::enter(site, limits)
    }
}

impl Drop for Guard {
    #[inline(always)]
    fn drop(&mut self) {
        let Some(closed) = self.scope.leave() else { return };
        if let Some(recorder) = self.site.recorder() {
            recorder.add(self.site, &closed.measurement);
        }
        if let Some(closed) = closed.overage() {
            self.site.overage(closed);
        }
    }
}

/// Panics at the caller.
#[cold]
#[inline(never)]
#[track_caller]
pub fn raise(message: &dyn Display) {
    panic!("{message}");
}
