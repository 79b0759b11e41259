//! `divan`, which has no scopes but its benchmarks.

use divan::AllocProfiler;
use peers::Peer;

#[global_allocator]
static ALLOCATOR: AllocProfiler = AllocProfiler::system();

struct Profiled;

impl Peer for Profiled {
    const HAS_SCOPE: bool = false;

    fn scope<T>(f: impl FnOnce() -> T) -> T {
        f()
    }
}

fn main() {
    peers::run::<Profiled>();
}
