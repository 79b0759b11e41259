//! `cap`: the bytes of the process, and a limit of them.

use std::alloc::System;
use std::hint::black_box;

use cap::Cap;
use peers::Peer;

#[global_allocator]
static ALLOCATOR: Cap<System> = Cap::new(System, usize::MAX);

struct Capped;

impl Peer for Capped {
    fn scope<T>(f: impl FnOnce() -> T) -> T {
        let before = ALLOCATOR.allocated();
        let value = f();
        black_box((before, ALLOCATOR.allocated()));
        value
    }
}

fn main() {
    peers::run::<Capped>();
}
