//! `stats_alloc`: atomic counters of the process.

use std::alloc::System;
use std::hint::black_box;

use peers::Peer;
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

struct Measured;

impl Peer for Measured {
    fn scope<T>(f: impl FnOnce() -> T) -> T {
        let region = Region::new(ALLOCATOR);
        let value = f();
        black_box(region.change());
        value
    }
}

fn main() {
    peers::run::<Measured>();
}
