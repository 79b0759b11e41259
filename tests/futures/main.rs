//! Budgets across await points: exact on any executor, and the future that of the plain function.

use std::future::{Future, poll_fn};
use std::hint::black_box;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use alloc_budget::Measurement;

mod attributes;
mod blocks;
mod cancelled;
mod executors;
mod handed;
mod hidden;
mod interleaved;
mod plain;
mod reports;
mod sizes;

type Block = Vec<u8>;
type Boxed<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// Allocates so many bytes, whatever the optimiser thinks of it.
fn block(size: usize) -> Block {
    black_box(Block::with_capacity(size))
}

/// Not ready at the first poll.
async fn pause() {
    let mut is_polled = false;
    let ready = |context: &mut Context<'_>| {
        context.waker().wake_by_ref();
        if std::mem::replace(&mut is_polled, true) { Poll::Ready(()) } else { Poll::Pending }
    };
    poll_fn(ready).await;
}

fn poll<F: Future + ?Sized>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

/// Polls until the future is ready, and allocates nothing.
fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    for _ in 0..10_000 {
        if let Poll::Ready(value) = poll(future.as_mut()) {
            return value;
        }
    }
    panic!("never ready");
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

/// What `work(size)` does, `size` being 30 or more: at its peak there are the first block and the second.
fn assert_work(m: &Measurement, size: u64) {
    assert_eq!((m.allocations, m.reallocations, m.deallocations), (3, 1, 3));
    assert_eq!((m.bytes_allocated, m.peak_bytes, m.retained_bytes), (size + 10 + 30, size + 10, 0));
}
