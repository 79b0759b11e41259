//! alloc-budget, with a thousand scopes around the workloads.

use alloc_budget::alloc_budget;
use peers::Peer;

/// More than any workload uses.
const ENOUGH: u64 = 1 << 40;

struct Deep;

impl Peer for Deep {
    #[alloc_budget(max = 1)]
    fn scope<T>(f: impl FnOnce() -> T) -> T {
        f()
    }

    fn around<T>(f: impl FnOnce() -> T) -> T {
        let mut f = Some(f);
        let mut value = None;
        nest(1_000, &mut || value = f.take().map(|f| f()));
        value.expect("the nest has a bottom")
    }
}

#[alloc_budget(max = ENOUGH, max_peak_bytes = ENOUGH)]
fn nest(depth: u32, f: &mut dyn FnMut()) {
    if depth == 1 { f() } else { nest(depth - 1, f) }
}

fn main() {
    alloc_budget::enforce();
    peers::run::<Deep>();
}
