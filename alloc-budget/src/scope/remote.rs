//! What other threads do for a scope: a pointer that a scope can hold in memory which has no
//! destructor.

use std::ptr;
use std::sync::Arc;

use crate::scope::work::Work;

/// What other threads do for a scope, or nothing: the pointer of an `Arc`. A scope's own has a
/// share in it, which [`Remote::close`] gives up. That of a piece has none: the handle that runs
/// the piece has one for as long.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Remote(*const Work);

// SAFETY: it stands for a share in a `Work`, which is `Send` and `Sync`.
unsafe impl Send for Remote {}
// SAFETY: as above.
unsafe impl Sync for Remote {}

impl Remote {
    pub(crate) const NONE: Self = Self(ptr::null());

    /// Makes memory of the global allocator, so whoever calls this is exempt.
    pub(crate) fn new() -> Self {
        Self(Arc::into_raw(Arc::new(Work::new())))
    }

    pub(crate) fn of(work: &Arc<Work>) -> Self {
        Self(Arc::as_ptr(work))
    }

    #[inline(always)]
    pub(crate) fn is_none(self) -> bool {
        self.0.is_null()
    }

    /// One more share in the same.
    pub(crate) fn share(self) -> Option<Arc<Work>> {
        if self.is_none() {
            return None;
        }
        // SAFETY: not null, so the pointer of an `Arc` in which somebody has a share, see the type.
        // There is one more now, which this takes.
        unsafe {
            Arc::increment_strong_count(self.0);
            Some(Arc::from_raw(self.0))
        }
    }

    /// Gives up the scope's share. Whoever drops it is exempt.
    pub(crate) fn take(&mut self) -> Option<Arc<Work>> {
        let Self(work) = std::mem::replace(self, Self::NONE);
        // SAFETY: not null, so from `Arc::into_raw`, and this was the scope's own share.
        (!work.is_null()).then(|| unsafe { Arc::from_raw(work) })
    }
}
