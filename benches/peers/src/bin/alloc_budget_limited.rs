//! alloc-budget, with every limit that there is around the workloads.

use alloc_budget::alloc_budget;
use peers::Peer;

/// More than any workload uses.
const ENOUGH: u64 = 1 << 40;

struct Limited;

impl Peer for Limited {
    #[alloc_budget(max = 1)]
    fn scope<T>(f: impl FnOnce() -> T) -> T {
        f()
    }

    #[alloc_budget(
        max = ENOUGH,
        max_bytes = ENOUGH,
        max_peak_bytes = ENOUGH,
        max_retained_bytes = ENOUGH,
        max_reallocs = ENOUGH,
        max_deallocs = ENOUGH
    )]
    fn around<T>(f: impl FnOnce() -> T) -> T {
        f()
    }
}

fn main() {
    alloc_budget::enforce();
    peers::run::<Limited>();
}
