//! The allocator of the system alone, against which all others are measured.

use std::alloc::System;

use peers::Peer;

#[global_allocator]
static ALLOCATOR: System = System;

struct Bare;

impl Peer for Bare {
    const HAS_SCOPE: bool = true;

    fn scope<T>(f: impl FnOnce() -> T) -> T {
        f()
    }
}

fn main() {
    peers::run::<Bare>();
}
