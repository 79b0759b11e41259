//! alloc-budget, with no scope around the workloads.

use alloc_budget::alloc_budget;
use peers::Peer;

struct Idle;

impl Peer for Idle {
    #[alloc_budget(max = 1)]
    fn scope<T>(f: impl FnOnce() -> T) -> T {
        f()
    }
}

fn main() {
    alloc_budget::enforce();
    peers::run::<Idle>();
}
