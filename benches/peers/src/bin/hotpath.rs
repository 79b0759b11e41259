//! `hotpath`, with its allocation tracking.

use hotpath::HotpathGuardBuilder;
use peers::Peer;

#[global_allocator]
static ALLOCATOR: hotpath::CountingAllocator = hotpath::CountingAllocator::new();

struct Measured;

impl Peer for Measured {
    fn scope<T>(f: impl FnOnce() -> T) -> T {
        scope(f)
    }
}

#[hotpath::measure]
fn scope<T>(f: impl FnOnce() -> T) -> T {
    f()
}

fn main() {
    let guard = HotpathGuardBuilder::new("main").build();
    peers::run::<Measured>();
    // Its report is not wanted.
    std::mem::forget(guard);
}
