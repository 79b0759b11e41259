//! `alloc_counter`.

use std::hint::black_box;

use alloc_counter::{AllocCounterSystem, count_alloc};
use peers::Peer;

#[global_allocator]
static ALLOCATOR: AllocCounterSystem = AllocCounterSystem;

struct Measured;

impl Peer for Measured {
    fn scope<T>(f: impl FnOnce() -> T) -> T {
        let (counts, value) = count_alloc(f);
        black_box(counts);
        value
    }
}

fn main() {
    peers::run::<Measured>();
}
