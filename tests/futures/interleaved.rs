//! Futures that take turns, futures in each other, and blocks that outlive a poll.

use std::thread;

use alloc_budget::{Budget, WithBudget as _, alloc_budget, measure, measure_future, records};
use futures::StreamExt as _;
use futures::stream::{self, FuturesUnordered};
use support::panic_of;

use super::executors::Executor;
use super::*;

#[alloc_budget(max = 3, max_bytes = size + 40, max_peak_bytes = size + 10, max_retained_bytes = 0, max_reallocs = 1)]
async fn exact_work(size: usize) {
    work(size).await;
}

#[test]
fn joined_futures_do_not_see_each_other() {
    block_on(async {
        let (((), a), ((), b), (), ()) = futures::join!(
            measure_future(work(50)),
            measure_future(exact_work(60)),
            exact_work(70),
            work(1_000),
        );
        assert_work(&a, 50);
        assert_work(&b, 60);
    });
}

#[test]
fn selected_futures_do_not_see_each_other() {
    block_on(async {
        let (mut a, mut b) = (
            Box::pin(measure_future(work(50)).fuse_it()),
            Box::pin(measure_future(exact_work(60)).fuse_it()),
        );
        let mut unmeasured = Box::pin(work(1_000).fuse_it());
        let mut seen = 0;
        loop {
            futures::select! {
                ((), m) = a => { assert_work(&m, 50); seen += 1; }
                ((), m) = b => { assert_work(&m, 60); seen += 1; }
                () = unmeasured => seen += 1,
                complete => break,
            }
        }
        assert_eq!(seen, 3);
    });
}

#[test]
fn what_waits_among_the_arguments_of_a_method_is_not_there_between_polls() {
    #[alloc_budget(max = 0)]
    async fn sum(n: u8) -> u8 {
        n.wrapping_add(
            async {
                pause().await;
                1
            }
            .await,
        )
    }
    let mut future = pin!(sum(1));
    assert!(poll(future.as_mut()).is_pending());
    black_box(block(1));
    assert_eq!(poll(future.as_mut()), Poll::Ready(2));
}

/// `FutureExt::fuse`, whose trait would bring more than that.
trait FuseIt: Future + Sized {
    fn fuse_it(self) -> futures::future::Fuse<Self> {
        futures::FutureExt::fuse(self)
    }
}

impl<F: Future> FuseIt for F {}

#[test]
fn unordered_futures_do_not_see_each_other() {
    let futures: FuturesUnordered<_> =
        (30..130).map(|size| async move { (size, measure_future(exact_work(size)).await) }).collect();
    let measurements: Vec<_> = block_on(futures.collect());
    assert_eq!(measurements.len(), 100);
    for (size, ((), m)) in measurements {
        assert_work(&m, size as u64);
    }
}

#[test]
fn streams_have_budgets_item_by_item() {
    let items = || {
        Box::pin(stream::iter([30, 40, 50]).then(|size| async move {
            work(size).await;
            size
        }))
    };
    let mut stream = items();
    block_on(async {
        let mut sizes = Vec::with_capacity(3);
        loop {
            let next =
                stream.next().with_budget(Budget::new().max(3).max_peak_bytes(60).max_retained_bytes(0));
            let (Some(size), m) = measure_future(next).await else { break };
            assert_work(&m, size as u64);
            sizes.push(size);
        }
        assert_eq!(sizes, [30, 40, 50]);
    });
    let mut stream = items();
    block_on(async {
        for is_ok in [true, true, false] {
            let overage = Budget::new().max_bytes(80).check_future(stream.next()).await;
            assert_eq!(overage.is_ok(), is_ok);
        }
    });
}

/// Live bytes after each step, by hand: 50, 110, 120 and 70, 80 and 20, 40, 60, 30, 0.
#[test]
fn the_one_around_them_sees_them_all() {
    let ((), all) = measure(|| {
        let (mut a, mut b) = (pin!(measure_future(work(50))), pin!(measure_future(work(60))));
        for _ in 0..3 {
            assert!(poll(a.as_mut()).is_pending());
            assert!(poll(b.as_mut()).is_pending());
        }
        let (Poll::Ready(((), a)), Poll::Ready(((), b))) = (poll(a), poll(b)) else { panic!("not ready") };
        assert_work(&a, 50);
        assert_work(&b, 60);
    });
    assert_eq!((all.allocations, all.reallocations, all.deallocations), (6, 2, 6));
    assert_eq!((all.bytes_allocated, all.peak_bytes, all.retained_bytes), (190, 120, 0));
}

#[test]
fn what_happens_between_the_polls_does_not_count() {
    let mut future = pin!(exact_work(50));
    let mut kept = Vec::new();
    while poll(future.as_mut()).is_pending() {
        kept.push(block(10_000));
    }
    assert_eq!(kept.len(), 3);
}

/// A limit may be passed for good in the poll after the one that went up to it.
#[test]
fn a_limit_is_that_of_all_polls_together() {
    for max in 0..=3 {
        let result = block_on(Budget::new().max(max).check_future(work(50)));
        assert_eq!(result.map_err(|overage| overage.measurement().allocations).err(), (max < 3).then_some(3));
    }
    let result = block_on(Budget::new().max_peak_bytes(59).check_future(work(50)));
    assert_eq!(result.unwrap_err().measurement().peak_bytes, 60);
}

#[test]
fn a_future_in_a_budgeted_function_counts_in_both() {
    #[alloc_budget(max = allowed)]
    fn outer(allowed: u64) {
        block_on(exact_work(50));
        drop(block(1));
    }
    outer(4);
    assert!(panic_of(|| outer(3)).1.contains("allocations   4 of 3"));
}

#[test]
fn a_future_in_a_budgeted_future_counts_in_both() {
    #[alloc_budget(max = 8, max_bytes = 270, max_peak_bytes = 160, max_retained_bytes = 0, max_deallocs = 8)]
    async fn outer() {
        let kept = block(100);
        let ((), m) = measure_future(exact_work(50)).await;
        assert_work(&m, 50);
        drop(block(10));
        futures::join!(exact_work(30));
        drop(kept);
    }
    let ((), m) = block_on(measure_future(outer()));
    assert_eq!((m.allocations, m.bytes_allocated, m.peak_bytes), (8, 270, 160));
}

#[test]
fn a_function_in_a_budgeted_future_counts_in_both() {
    #[alloc_budget(max = 1, max_retained_bytes = 20)]
    fn inner() -> Block {
        block(20)
    }
    #[alloc_budget(max = 2, max_peak_bytes = 20, max_retained_bytes = 0)]
    async fn outer() {
        for _ in 0..2 {
            let kept = inner();
            pause().await;
            drop(kept);
        }
    }
    block_on(outer());
}

#[test]
fn calls_in_each_other_are_scopes_of_their_own() {
    #[alloc_budget(max = 2 * depth, max_peak_bytes = 1_000 * depth)]
    async fn level(depth: usize) {
        if depth > 0 {
            pause().await;
            let kept = block(10);
            let deeper: Pin<Box<dyn Future<Output = ()>>> = Box::pin(level(depth - 1));
            deeper.await;
            drop(kept);
        }
    }
    // Each level allocates a block, and a box for the next one.
    let ((), m) = block_on(measure_future(level(20)));
    assert_eq!((m.allocations, m.deallocations, m.retained_bytes), (40, 40, 0));
}

#[test]
fn exempt_stretches_of_a_future_do_not_count() {
    let ((), m) = block_on(measure_future(async {
        let kept = block(10);
        pause().await;
        let ((), inside) = alloc_budget::exempt(|| block_on(measure_future(work(50))));
        assert_work(&inside, 50);
        pause().await;
        drop(kept);
    }));
    assert_eq!((m.allocations, m.bytes_allocated, m.peak_bytes), (1, 10, 10));
}

#[test]
fn a_block_freed_on_another_thread_is_retained() {
    let (block, m) = block_on(measure_future(async {
        let (first, second) = (block(10), block(20));
        pause().await;
        drop(first);
        second
    }));
    assert_eq!((m.allocations, m.deallocations, m.retained_bytes), (2, 1, 20));
    let ((), freed) = thread::spawn(|| measure(|| drop(block))).join().unwrap();
    assert_eq!((freed.deallocations, freed.retained_bytes, freed.peak_bytes), (1, -20, 0));
}

/// Allocated in one poll, freed in another, on another thread: the future's books balance, those of
/// the threads don't.
#[test]
fn a_future_takes_its_blocks_along_to_another_thread() {
    let mut future: Boxed<((), Measurement)> = Box::pin(measure_future(work(50)));
    let ((), here) = measure(|| assert!(poll(future.as_mut()).is_pending()));
    assert_eq!((here.retained_bytes, here.peak_bytes), (50, 50));

    let (mut future, there) = thread::spawn(move || {
        let ((), there) = measure(|| assert!(poll(future.as_mut()).is_pending()));
        (future, there)
    })
    .join()
    .unwrap();
    assert_eq!((there.retained_bytes, there.peak_bytes), (10 - 50, 10));

    assert!(poll(future.as_mut()).is_pending());
    let Poll::Ready(((), m)) = poll(future.as_mut()) else { panic!("not ready") };
    assert_work(&m, 50);
}

#[test]
fn a_peak_is_that_of_the_future_and_not_of_its_threads() {
    let ((), m) = block_on(measure_future(async {
        let low = block(10);
        pause().await;
        let high = block(90);
        pause().await;
        drop((low, high));
        pause().await;
        drop(block(99));
    }));
    assert_eq!((m.peak_bytes, m.retained_bytes), (100, 0));
}

#[test]
fn records_are_of_whole_futures() {
    #[alloc_budget(measure, name = "a recorded future")]
    async fn recorded(size: usize) {
        work(size).await;
    }
    block_on(async { futures::join!(recorded(40), recorded(50), recorded(30)) });
    {
        let mut dropped = pin!(recorded(500));
        assert!(poll(dropped.as_mut()).is_pending());
    }
    let records = records();
    let record = records.iter().find(|record| record.name == "a recorded future").unwrap();
    assert_eq!(record.calls, 3);
    assert_work(&record.highest, 50);
}

/// Each of them ends its scope where the body waits: the innermost first.
#[test]
fn budgets_on_one_function_end_in_order() {
    #[alloc_budget(max = 3)]
    #[alloc_budget(max = 3, max_bytes = 90, warmup = 0)]
    #[alloc_budget(max_peak_bytes = 60)]
    async fn thrice() {
        work(50).await;
        alloc_budget::budget!(max = 0, {
            pause().await;
            alloc_budget::budget!(max_bytes = 0, { pause().await });
        });
    }
    for executor in Executor::ALL {
        let task = |_| -> Boxed<_> { Box::pin(async { measure_future(thrice()).await.1 }) };
        for m in executor.run((0..20).map(task).collect()) {
            assert_work(&m, 50);
        }
    }
}

/// What is awaited in a block, a closure or a function inside is not the function's to await.
#[test]
#[allow(clippy::items_after_statements)]
fn what_is_awaited_inside_is_not_the_functions() {
    macro_rules! function {
        ($name:ident, $block:block) => {
            #[alloc_budget(max = 5)]
            async fn $name() {
                pause().await;
                macro_rules! awaits {
                    ($future:expr) => {
                        $future.await
                    };
                }
                async fn with_braces_in_its_type() -> [u8; { 1 + 2 }] {
                    pause().await;
                    [1; 3]
                }
                let block = async move $block;
                let first = async |future: Boxed<()>, _: u8| future.await;
                let second = async |future: Boxed<()>| -> Result<(), u8> { Ok(future.await) };
                let third = async |future: Boxed<()>| if black_box(false) {} else { future.await };
                let [a, b, c] = alloc_budget::exempt(|| [(); 3].map(|()| -> Boxed<()> { Box::pin(pause()) }));
                let mut inside = pin!(async move {
                    block.await;
                    first(a, 1).await;
                    second(b).await.unwrap();
                    third(c).await;
                    with_braces_in_its_type().await;
                    awaits!(pause());
                });
                while poll(inside.as_mut()).is_pending() {
                    drop(block_of_one());
                }
                pause().await;
            }
        };
    }
    fn block_of_one() -> Block {
        block(1)
    }
    function!(waits, { pause().await });
    let (_, message) = panic_of(|| block_on(waits()));
    assert!(message.contains("allocations   6 of 5"), "{message}");
}
