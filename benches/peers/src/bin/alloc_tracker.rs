//! `alloc_tracker`.

use std::alloc::System;
use std::sync::OnceLock;

use alloc_tracker::{Allocator, Operation, Session};
use peers::Peer;

#[global_allocator]
static ALLOCATOR: Allocator<System> = Allocator::system();

static OPERATION: OnceLock<Operation> = OnceLock::new();

struct Tracked;

impl Peer for Tracked {
    fn scope<T>(f: impl FnOnce() -> T) -> T {
        let operation = OPERATION.get().expect("`main` sets it");
        let _span = operation.measure_thread().iterations(1);
        f()
    }
}

fn main() {
    let session = Session::new().no_stdout().no_file();
    OPERATION.get_or_init(|| session.operation("scope"));
    peers::run::<Tracked>();
}
