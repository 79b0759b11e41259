//! Budgets across await points: exact on any executor, and the future that of the plain function.

use std::future::Future;
use std::hint::black_box;
use std::pin::{Pin, pin};
use std::task::Poll;

use alloc_budget::Measurement;
use support::{Block, block, block_on, pause, poll};

mod attributes;
mod blocks;
mod cancelled;
mod executors;
mod handed;
mod hidden;
mod interleaved;
mod max_exempt;
mod plain;
mod reports;
mod returned;
mod sizes;

type Boxed<T> = Pin<Box<dyn Future<Output = T> + Send>>;

fn assert_send<T: Send>(value: T) -> T {
    value
}

/// Four polls, three allocations, one of them a reallocation.
async fn work(size: usize) {
    let first = block(size);
    pause().await;
    let mut second = block(10);
    drop(first);
    pause().await;
    second.reserve_exact(30);
    black_box(&second);
    pause().await;
}

/// What `work(size)` does, `size` being 30 or more: at its peak there are the first block and the
/// second.
fn assert_work(m: &Measurement, size: u64) {
    assert_eq!((m.allocations, m.reallocations, m.deallocations), (3, 1, 3));
    assert_eq!((m.bytes_allocated, m.peak_bytes, m.retained_bytes), (size + 10 + 30, size + 10, 0));
}
