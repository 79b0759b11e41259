//! `prime`: what a thread's first call makes ready, and is not charged with.

use std::cell::Cell;
use std::hint::black_box;
use std::sync::LazyLock;
use std::thread;

use alloc_budget::alloc_budget;

use super::{allocate, is_exceeded};

static TABLE: LazyLock<Vec<u8>> = LazyLock::new(|| (0..100).collect());

#[alloc_budget(max = 0, prime = LazyLock::force(&TABLE))]
fn look_up(at: usize) -> u8 {
    TABLE[at]
}

#[test]
fn the_first_use_of_a_static_counts_for_nobody() {
    assert_eq!(look_up(1), 1);
    let ((), m) = alloc_budget::measure(|| assert_eq!(look_up(2), 2));
    assert_eq!(m.allocations, 0);
}

thread_local! {
    static CACHE: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
    static PRIMED: Cell<u32> = const { Cell::new(0) };
}

/// A library's, that only its use fills.
fn cached(size: usize) {
    let mut cache = CACHE.take();
    cache.resize(size, 0);
    CACHE.set(cache);
}

#[alloc_budget(max = 0, prime = primes(10))]
fn uses_cache(size: usize) {
    cached(size);
}

fn primes(size: usize) {
    PRIMED.set(PRIMED.get() + 1);
    uses_cache(size);
}

#[test]
fn every_call_of_the_users_is_judged_on_every_thread() {
    let calls = || {
        let calls = [10, 10, 1_000].map(|size| is_exceeded(|| uses_cache(size)));
        (calls, PRIMED.get())
    };
    assert_eq!(calls(), ([false, false, true], 1));
    assert_eq!(thread::spawn(calls).join().unwrap(), ([false, false, true], 1));
    let only = || is_exceeded(|| uses_cache(1_000));
    assert!(thread::spawn(only).join().unwrap(), "also the only one");
}

#[test]
fn counts_nowhere_around() {
    #[alloc_budget(max = 0, prime = drop(allocate()))]
    fn primed() {}
    #[alloc_budget(max = 0)]
    fn outer() {
        primed();
    }
    outer();
}

#[test]
fn may_use_the_arguments_and_stands_beside_a_warm_up() {
    #[alloc_budget(max = 0, prime = buffer.reserve(size), warmup = 1)]
    fn filled(buffer: &mut Vec<u8>, size: usize) {
        buffer.clear();
        buffer.resize(size, 0);
    }
    let mut buffer = Vec::new();
    filled(&mut buffer, 10);
    assert_eq!(buffer.len(), 10);
    filled(&mut buffer, 10);
    assert!(is_exceeded(|| filled(&mut buffer, 1_000)));
}

#[test]
fn of_a_future_runs_at_its_first_poll() {
    #[alloc_budget(max = 0, prime = primed.set(primed.get() + 1))]
    async fn waits(primed: &Cell<u8>) {
        std::future::ready(()).await;
        black_box(primed);
    }
    let primed = Cell::new(0);
    let future = waits(&primed);
    assert_eq!(primed.get(), 0);
    futures::executor::block_on(future);
    futures::executor::block_on(waits(&primed));
    assert_eq!(primed.get(), 1);
}

#[test]
fn a_panic_in_it_is_the_callers() {
    #[alloc_budget(max = 0, prime = assert!(!fails, "not ready"))]
    fn primed(fails: bool) {
        black_box(fails);
    }
    assert_eq!(support::panic_of(|| primed(true)).1, "not ready");
    primed(false);
}
