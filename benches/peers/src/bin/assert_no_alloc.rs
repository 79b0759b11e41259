//! `assert_no_alloc`, whose scopes end the program where anything is allocated.

use assert_no_alloc::{AllocDisabler, assert_no_alloc};
use peers::Peer;

#[global_allocator]
static ALLOCATOR: AllocDisabler = AllocDisabler;

struct Denied;

impl Peer for Denied {
    const DENIES: bool = true;

    fn scope<T>(f: impl FnOnce() -> T) -> T {
        assert_no_alloc(f)
    }
}

fn main() {
    peers::run::<Denied>();
}
