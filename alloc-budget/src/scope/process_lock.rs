//! A lock that no process waits for in vain.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};

use crate::count::process;

/// A lock that a forked process does not wait for where another thread of its parent had it.
pub(crate) struct ProcessLock<T> {
    value: Mutex<T>,
    /// Whose threads give it back.
    process: AtomicU32,
}

impl<T> ProcessLock<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self { value: Mutex::new(value), process: AtomicU32::new(0) }
    }

    /// `None` where another thread had the lock when this process was forked: it is not here to
    /// give it back.
    pub(crate) fn lock(&self) -> Option<MutexGuard<'_, T>> {
        self.lock_own(|_| {})
    }

    /// As [`ProcessLock::lock`], and lets a forked process begin with a value of its own.
    pub(crate) fn lock_own(&self, renew: impl FnOnce(&mut T)) -> Option<MutexGuard<'_, T>> {
        let this = process::id();
        let first = self.process.compare_exchange(0, this, Ordering::Relaxed, Ordering::Relaxed);
        if first.is_ok() || first == Err(this) {
            return Some(self.value.lock().unwrap_or_else(PoisonError::into_inner));
        }
        let mut value = match self.value.try_lock() {
            Ok(value) => value,
            Err(TryLockError::Poisoned(value)) => value.into_inner(),
            Err(TryLockError::WouldBlock) => return None,
        };
        renew(&mut value);
        self.process.store(this, Ordering::Relaxed);
        Some(value)
    }
}
