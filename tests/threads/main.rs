//! Handing a scope to other threads: what they do counts for the scope, once, and for nobody else.

use std::hint::black_box;
use std::thread;

use alloc_budget::{Handle, Measurement, exempt, measure};
use support::{Block, block};

mod outliving;
mod panics;
mod peaks;
mod pools;
// An optimised build has identical closures once, at the line of one of them.
#[cfg(debug_assertions)]
mod reports;
mod spawned;
mod tasks;

/// Three allocations, one of them a reallocation.
fn work(size: usize) {
    let first = block(size);
    let mut second = block(10);
    drop(first);
    second.reserve_exact(30);
    black_box(&second);
}

/// What `work` does so many times, one after another, `size` being 30 or more: at its peak there
/// are the first block and the second.
#[track_caller]
fn assert_work(m: &Measurement, times: u64, size: u64) {
    assert_eq!((m.allocations, m.reallocations, m.deallocations), (3 * times, times, 3 * times));
    assert_eq!((m.bytes_allocated, m.retained_bytes), (times * (size + 10 + 30), 0));
    let peak = if times == 0 { 0 } else { size + 10 };
    assert_eq!(m.peak_bytes, peak);
}

/// The same, where pieces of it may have overlapped. The peak is then an upper bound: that of each
/// piece, above what was live when it began, is added to those of the others that ran meanwhile.
#[track_caller]
fn assert_overlapping_work(m: &Measurement, times: u64, size: u64) {
    assert!((size + 10..=m.bytes_allocated).contains(&m.peak_bytes), "{m:?}");
    let mut m = *m;
    m.peak_bytes = size + 10;
    assert_work(&m, times, size);
}

/// What it did beside running `f` on another thread is not its business.
fn on_another_thread<T: Send>(f: impl FnOnce() -> T + Send) -> T {
    exempt(|| thread::scope(|scope| scope.spawn(f).join().unwrap()))
}

/// Everything about this thread is as it should be.
#[track_caller]
fn assert_exact() {
    assert_work(&measure(|| work(50)).1, 1, 50);
    let ((), m) = measure(|| {
        let scope = Handle::current();
        on_another_thread(|| scope.run(|| work(50)));
    });
    assert_work(&m, 1, 50);
}
