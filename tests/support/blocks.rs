//! Blocks of memory, and what was counted of them.

use std::hint::black_box;
use std::thread;

use alloc_budget::Measurement;

/// A block of memory.
pub type Block = Vec<u8>;

/// Allocates so many bytes, whatever the optimiser thinks of it.
pub fn block(size: usize) -> Block {
    black_box(Block::with_capacity(size))
}

/// An allocation of so many bytes, and its deallocation.
pub fn work(size: usize) {
    drop(block(size));
}

/// What so many calls of [`work`] with so many bytes in total have done.
#[track_caller]
pub fn assert_work(m: &Measurement, calls: u64, bytes: u64) {
    assert_eq!((m.allocations, m.deallocations, m.reallocations), (calls, calls, 0));
    assert_eq!((m.bytes_allocated, m.retained_bytes), (bytes, 0));
}

/// The measurement as (allocations, reallocations, deallocations, bytes, peak, retained).
pub fn row(m: &Measurement) -> (u64, u64, u64, u64, u64, i64) {
    (m.allocations, m.reallocations, m.deallocations, m.bytes_allocated, m.peak_bytes, m.retained_bytes)
}

/// Runs `f` with a stack for deep recursion.
pub fn on_a_deep_stack<T: Send>(f: impl FnOnce() -> T + Send) -> T {
    thread::scope(|scope| {
        thread::Builder::new().stack_size(256 << 20).spawn_scoped(scope, f).unwrap().join().unwrap()
    })
}
