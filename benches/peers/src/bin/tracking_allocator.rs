//! `tracking-allocator`, which tells a tracker of each event in a group, and has no scopes that
//! measure.

use std::alloc::System;
use std::sync::atomic::{AtomicUsize, Ordering};

use peers::Peer;
use tracking_allocator::{
    AllocationGroupId, AllocationGroupToken, AllocationRegistry, AllocationTracker, Allocator,
};

#[global_allocator]
static ALLOCATOR: Allocator<System> = Allocator::system();

#[derive(Default)]
struct Counts {
    allocations: AtomicUsize,
    bytes: AtomicUsize,
    deallocations: AtomicUsize,
}

impl AllocationTracker for Counts {
    fn allocated(&self, _: usize, size: usize, _: usize, _: AllocationGroupId) {
        self.allocations.fetch_add(1, Ordering::Relaxed);
        self.bytes.fetch_add(size, Ordering::Relaxed);
    }

    fn deallocated(&self, _: usize, _: usize, _: usize, _: AllocationGroupId, _: AllocationGroupId) {
        self.deallocations.fetch_add(1, Ordering::Relaxed);
    }
}

struct Tracked;

impl Peer for Tracked {
    const HAS_SCOPE: bool = false;

    fn scope<T>(f: impl FnOnce() -> T) -> T {
        f()
    }

    fn around<T>(f: impl FnOnce() -> T) -> T {
        let mut group = AllocationGroupToken::register().expect("there are few groups");
        let _guard = group.enter();
        f()
    }
}

fn main() {
    AllocationRegistry::set_global_tracker(Counts::default()).expect("it is the first one");
    AllocationRegistry::enable_tracking();
    peers::run::<Tracked>();
    AllocationRegistry::disable_tracking();
}
