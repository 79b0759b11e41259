//! A value whose blocks count neither when it is cloned nor when it is dropped.

use std::fmt;
use std::mem::ManuallyDrop;
use std::ops::Deref;

use crate::scope::exempt::Exempt;

/// A value of the crate's own that a user drops, whenever that is. Whoever makes it is exempt.
pub(crate) struct Uncounted<T>(ManuallyDrop<T>);

impl<T> Uncounted<T> {
    pub(crate) fn new(value: T) -> Self {
        Self(ManuallyDrop::new(value))
    }
}

impl<T> Deref for Uncounted<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: Clone> Clone for Uncounted<T> {
    fn clone(&self) -> Self {
        let _exempt = Exempt::enter();
        Self(self.0.clone())
    }
}

impl<T: fmt::Debug> fmt::Debug for Uncounted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        T::fmt(self, f)
    }
}

impl<T> Drop for Uncounted<T> {
    fn drop(&mut self) {
        let _exempt = Exempt::enter();
        // SAFETY: it is dropped once, because this is the destructor, and not used afterwards.
        unsafe { ManuallyDrop::drop(&mut self.0) };
    }
}
