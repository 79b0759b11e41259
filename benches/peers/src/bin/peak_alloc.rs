//! `peak_alloc`: the bytes of the process, and their peak.

use std::hint::black_box;

use peak_alloc::PeakAlloc;
use peers::Peer;

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

struct Measured;

impl Peer for Measured {
    fn scope<T>(f: impl FnOnce() -> T) -> T {
        ALLOCATOR.reset_peak_usage();
        let value = f();
        black_box(ALLOCATOR.peak_usage());
        value
    }
}

fn main() {
    peers::run::<Measured>();
}
