//! Numbers of 64 bits that threads share, on machines whose atomics are narrower: under a lock
//! each, in the place of std's.

use std::cell::UnsafeCell;
use std::num::Wrapping;
use std::ops::Add;
use std::panic::RefUnwindSafe;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

use crate::count::process;

pub(crate) type AtomicI64 = Shared<i64>;
pub(crate) type AtomicU64 = Shared<u64>;

pub(crate) struct Shared<T> {
    value: UnsafeCell<T>,
    /// The process that has the lock, or 0.
    holder: AtomicU32,
}

// SAFETY: the value is touched by whoever has the lock, and by nobody else.
unsafe impl<T: Send> Sync for Shared<T> {}

/// No code that could panic runs while it is locked.
impl<T> RefUnwindSafe for Shared<T> {}

/// As std's. The lock orders more than any `Ordering` asks for, but `SeqCst`.
impl<T: Copy + Ord> Shared<T>
where
    Wrapping<T>: Add<Output = Wrapping<T>>,
{
    pub(crate) const fn new(value: T) -> Self {
        Self { value: UnsafeCell::new(value), holder: AtomicU32::new(0) }
    }

    pub(crate) fn load(&self, _: Ordering) -> T {
        self.replace(|value| value)
    }

    pub(crate) fn store(&self, value: T, _: Ordering) {
        self.replace(|_| value);
    }

    pub(crate) fn fetch_add(&self, number: T, _: Ordering) -> T {
        self.replace(|value| (Wrapping(value) + Wrapping(number)).0)
    }

    pub(crate) fn fetch_max(&self, number: T, _: Ordering) -> T {
        self.replace(|value| value.max(number))
    }

    fn replace(&self, new: impl FnOnce(T) -> T) -> T {
        self.lock();
        let value = self.value.get();
        // SAFETY: the lock is held, so nobody else reads or writes. What a forked process took it
        // over with may be half of a sum; any bits are a number.
        let old = unsafe { value.replace(new(*value)) };
        self.holder.store(0, Ordering::Release);
        old
    }

    fn lock(&self) {
        let this = process::id();
        let mut holder = 0;
        while let Err(other) =
            self.holder.compare_exchange(holder, this, Ordering::Acquire, Ordering::Relaxed)
        {
            // A thread of the process that this one was forked from is not here to give it back.
            holder = if other == this { 0 } else { other };
            thread::yield_now();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};

    use super::{AtomicI64, AtomicU64};
    use crate::count::process;

    #[test]
    #[cfg(not(target_family = "wasm"))] // no threads
    fn no_sum_of_any_thread_is_lost() {
        use std::thread;

        static SUM: AtomicU64 = AtomicU64::new(u64::MAX >> 33);
        static HIGHEST: AtomicI64 = AtomicI64::new(i64::MIN);
        thread::scope(|scope| {
            for thread in 0..4 {
                scope.spawn(move || {
                    for n in 0..10_000 {
                        SUM.fetch_add(1 << 20, Relaxed);
                        HIGHEST.fetch_max(n * 4 + thread, Relaxed);
                    }
                });
            }
        });
        assert_eq!(SUM.load(Acquire), (u64::MAX >> 33) + (40_000 << 20));
        assert_eq!(HIGHEST.load(Acquire), 39_999);
    }

    #[test]
    fn are_as_stds() {
        let number = AtomicI64::new(-1);
        assert_eq!((number.fetch_add(-2, Relaxed), number.fetch_max(-9, Relaxed)), (-1, -3));
        number.store(i64::MIN, Release);
        assert_eq!((number.fetch_max(5, Relaxed), number.load(Acquire)), (i64::MIN, 5));
    }

    #[test]
    fn a_forked_process_does_not_wait_for_its_parent() {
        let number = AtomicU64::new(7);
        number.holder.store(process::id() + 1, Relaxed);
        assert_eq!(number.load(Acquire), 7);
        assert_eq!(number.holder.load(Relaxed), 0);
    }
}
