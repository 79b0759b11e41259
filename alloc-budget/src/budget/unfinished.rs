//! A call that has begun, for those whose end may not come: a panic ends it, or its future is
//! dropped.

use std::mem;

use crate::budget::subject::Subject;
use crate::record;

/// Stands for a call until it is [finished](Unfinished::finish). The record has the others too.
pub(crate) struct Unfinished<S: Subject>(S);

impl<S: Subject> Unfinished<S> {
    #[inline(always)]
    pub(crate) fn new(subject: S) -> Self {
        Self(subject)
    }

    /// The call has come to its end.
    #[inline(always)]
    pub(crate) fn finish(self) -> S
    where
        S: Copy,
    {
        let subject = self.0;
        mem::forget(self);
        subject
    }
}

impl<S: Subject> Drop for Unfinished<S> {
    fn drop(&mut self) {
        if self.0.is_recorded() {
            record::unwound(&self.0.described());
        }
    }
}
