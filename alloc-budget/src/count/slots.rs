//! A slot for each thread to add to, summed by whoever wants to know.
//!
//! So no thread writes to what another one writes to. A slot is never reset: whoever wants a sum
//! takes the difference of two, and a thread goes on where the slot's last one ended.

use std::ptr;

use crate::count::counters::Counters;
use crate::count::list::List;
use crate::count::sync::{AtomicBool, AtomicI64, Ordering, constant};

/// What one thread at a time has done. Two cache lines, because they are fetched in pairs.
#[repr(align(128))]
pub(crate) struct Slot {
    allocations: AtomicI64,
    reallocations: AtomicI64,
    deallocations: AtomicI64,
    bytes: AtomicI64,
    live: AtomicI64,
    is_taken: AtomicBool,
}

impl Slot {
    constant! {
        fn taken() -> Self {
            Self {
                allocations: AtomicI64::new(0),
                reallocations: AtomicI64::new(0),
                deallocations: AtomicI64::new(0),
                bytes: AtomicI64::new(0),
                live: AtomicI64::new(0),
                is_taken: AtomicBool::new(true),
            }
        }
    }

    pub(crate) fn counters(&self) -> Counters {
        Counters {
            allocations: self.allocations.load(Ordering::Relaxed),
            reallocations: self.reallocations.load(Ordering::Relaxed),
            deallocations: self.deallocations.load(Ordering::Relaxed),
            bytes: self.bytes.load(Ordering::Relaxed),
            live: self.live.load(Ordering::Relaxed),
        }
    }

    /// For another thread to take; without effect on the shared one, for which nobody looks.
    pub(crate) fn give_back(&self) {
        self.is_taken.store(false, Ordering::Release);
    }
}

/// The slots of the process.
pub(crate) struct Slots {
    /// That of threads that have none of their own.
    shared: Slot,
    /// The others. There are as many as threads were there at the same time.
    own: List<Slot>,
}

impl Slots {
    constant! {
        pub(crate) fn new() -> Self {
            Self { shared: Slot::taken(), own: List::new() }
        }
    }

    /// That of threads that have none of their own.
    pub(crate) fn shared(&self) -> &Slot {
        &self.shared
    }

    /// What all threads have done.
    pub(crate) fn total(&self) -> Counters {
        self.own.nodes().fold(self.shared.counters(), |sum, node| sum.plus(&node.element.counters()))
    }

    /// Adds to the calling thread's slot, or to the shared one.
    pub(crate) fn add(&self, slot: &Slot, counters: &Counters) {
        let is_shared = ptr::eq(slot, &raw const self.shared);
        let add = |to: &AtomicI64, count: i64| {
            if is_shared {
                to.fetch_add(count, Ordering::Relaxed);
            } else {
                // The only thread that writes to it: a sum needs no bus lock.
                to.store(to.load(Ordering::Relaxed) + count, Ordering::Relaxed);
            }
        };
        add(&slot.allocations, counters.allocations);
        add(&slot.reallocations, counters.reallocations);
        add(&slot.deallocations, counters.deallocations);
        add(&slot.bytes, counters.bytes);
        add(&slot.live, counters.live);
    }

    /// One that no thread has; a new one where there is none. `None` where the system has no memory
    /// left.
    pub(crate) fn take(&self) -> Option<&'static Slot> {
        let free = |slot: &Slot| {
            // What its last thread has added is there to be added to.
            let taken = slot.is_taken.compare_exchange(false, true, Ordering::Acquire, Ordering::Relaxed);
            taken.is_ok()
        };
        self.own.find(free).or_else(|| self.own.append(Slot::taken()))
    }
}
