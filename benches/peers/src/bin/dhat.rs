//! `dhat`, in its testing mode.

use std::hint::black_box;

use dhat::{HeapStats, Profiler};
use peers::Peer;

#[global_allocator]
static ALLOCATOR: dhat::Alloc = dhat::Alloc;

struct Profiled;

impl Peer for Profiled {
    fn scope<T>(f: impl FnOnce() -> T) -> T {
        let before = HeapStats::get();
        let value = f();
        black_box((before, HeapStats::get()));
        value
    }
}

fn main() {
    let _profiler = Profiler::builder().testing().build();
    peers::run::<Profiled>();
}
