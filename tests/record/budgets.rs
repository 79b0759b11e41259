//! Budgets to be recorded.

use std::hint::black_box;
use std::task::Poll;

use alloc_budget::{alloc_budget, budget, exempt};

#[alloc_budget(max = 2, max_bytes = 100)]
pub(crate) fn plain(sizes: &[usize]) {
    for size in sizes {
        allocate(*size);
    }
}

/// Its limit depends on the arguments.
#[alloc_budget(max = sizes.len() + room)]
pub(crate) fn roomy(sizes: &[usize], room: usize) {
    sizes.iter().copied().for_each(allocate);
}

#[alloc_budget(
    max_peak_bytes = 1000,
    max_retained_bytes = 1000,
    max_reallocs = 10,
    max_deallocs = 11,
    max_block_bytes = 500,
    max_surviving_bytes = 1000,
    max_exempt = 5
)]
pub(crate) fn everything(buffer: &mut Vec<u8>) {
    buffer.reserve_exact(200);
    buffer.reserve_exact(400);
    exempt(|| allocate(10));
    allocate(40);
}

/// Frees more than it allocates.
#[alloc_budget(measure)]
pub(crate) fn frees(blocks: Vec<Vec<u8>>) {
    drop(blocks);
}

pub(crate) struct Encoder<T>(pub(crate) T);

impl<T: Copy> Encoder<T> {
    #[alloc_budget(max = 1, name = "a \"frame\"", on_overage = warn)]
    pub(crate) fn frame(&self) -> Vec<T> {
        vec![black_box(self.0); 4]
    }
}

#[alloc_budget(max = 0, warmup = 1)]
pub(crate) fn warm(size: usize) {
    if size > 0 {
        allocate(size);
    }
}

#[alloc_budget(max = 0, prime = allocate(99))]
pub(crate) fn primed() {
    black_box(0);
}

#[alloc_budget(max = 3, on_err = skip)]
pub(crate) fn fallible(fails: bool) -> Result<(), Vec<u8>> {
    if fails {
        return Err(vec![black_box(1); 64]);
    }
    allocate(8);
    Ok(())
}

#[alloc_budget(max = 1, on_err = skip)]
pub(crate) fn fallible_and_unwinds() -> Option<()> {
    panic!("on purpose")
}

#[alloc_budget(max = 1)]
pub(crate) fn unwinds(does: bool) {
    assert!(!does, "on purpose");
}

#[alloc_budget(max = 6)]
pub(crate) async fn waits(times: usize) {
    for _ in 0..times {
        allocate(16);
        pause().await;
    }
}

#[alloc_budget(measure)]
pub(crate) async fn waits_measured() {
    allocate(16);
    pause().await;
}

#[alloc_budget(max = 2)]
pub(crate) fn returns_a_future() -> impl Future<Output = ()> {
    async {
        allocate(5);
        pause().await;
    }
}

#[alloc_budget(max = 10, threads = all)]
pub(crate) fn of_all_threads() {
    allocate(24);
}

pub(crate) fn block() {
    budget!(max = 1, name = "the block", { allocate(12) });
}

#[alloc_budget(max = 0)]
pub(crate) fn over(size: usize) {
    if size > 0 {
        allocate(size);
    }
}

#[alloc_budget(max = 1)]
pub(crate) fn exact() {
    allocate(1);
}

#[inline(never)]
pub(crate) fn allocate(size: usize) {
    drop(black_box(vec![1_u8; black_box(size)]));
}

async fn pause() {
    let mut was_polled = false;
    std::future::poll_fn(|_| {
        if std::mem::replace(&mut was_polled, true) { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}

#[alloc_budget(measure)]
pub(crate) fn measured(size: usize) {
    allocate(size);
}

#[alloc_budget(max = depth + 1)]
pub(crate) fn nested(depth: usize) {
    allocate(1);
    if depth > 0 {
        nested(depth - 1);
    }
}
