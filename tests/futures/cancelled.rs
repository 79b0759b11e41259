//! Futures that end early: dropped, or by a panic. No verdict, and every counter stays exact.

use std::panic::{self, AssertUnwindSafe};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use alloc_budget::{Budget, WithBudget as _, alloc_budget, measure, measure_future};
use futures::FutureExt as _;

use super::executors::Executor;
use super::*;

#[alloc_budget(max = 0, max_peak_bytes = 0, max_retained_bytes = 0, max_deallocs = 0)]
async fn forbidden_work(size: usize) {
    work(size).await;
}

/// What `work(50)` did after so many polls, when it is dropped then.
fn assert_dropped(m: &Measurement, polls: usize) {
    let numbers = (m.allocations, m.reallocations, m.deallocations, m.bytes_allocated, m.peak_bytes);
    let expected = [(0, 0, 0, 0, 0), (1, 0, 1, 50, 50), (2, 0, 2, 60, 60), (3, 1, 3, 90, 60)][polls];
    assert_eq!((numbers, m.retained_bytes), (expected, 0), "dropped after {polls} polls");
}

fn assert_exact() {
    assert_work(&measure(|| block_on(work(50))).1, 50);
    assert_work(&block_on(measure_future(work(50))).1, 50);
}

#[test]
fn a_future_dropped_at_any_point_gets_no_verdict() {
    for polls in 0..4 {
        let ((), m) = measure(|| {
            let mut future = pin!(forbidden_work(50));
            (0..polls).for_each(|_| assert!(poll(future.as_mut()).is_pending()));
        });
        assert_dropped(&m, polls);
        assert_exact();
    }
}

#[test]
fn a_future_with_a_budget_dropped_at_any_point_gets_no_verdict() {
    for polls in 0..4 {
        let ((), m) = measure(|| {
            let mut future = pin!(work(50).with_budget(Budget::new().max(0).max_retained_bytes(0)));
            (0..polls).for_each(|_| assert!(poll(future.as_mut()).is_pending()));
        });
        assert_dropped(&m, polls);
        assert_exact();
    }
}

/// Its blocks are freed there, and count there.
#[test]
fn a_future_may_be_dropped_on_another_thread() {
    for (polls, live) in [(1, 50), (2, 10), (3, 30)] {
        let mut future: Boxed<()> = Box::pin(forbidden_work(50));
        let size = size_of_val(&*future).cast_signed() as i64;
        let ((), here) = measure(|| {
            (0..polls).for_each(|_| assert!(poll(future.as_mut()).is_pending()));
        });
        assert_eq!(here.retained_bytes, live);
        let ((), there) = thread::spawn(|| measure(|| drop(future))).join().unwrap();
        // One block is its own.
        assert_eq!((there.deallocations, there.retained_bytes), (2, -live - size));
        assert_exact();
    }
}

/// The one that drops it pays for it.
#[test]
fn a_future_may_be_dropped_by_another_one() {
    for polls in 1..4 {
        let mut victim: Boxed<()> = Box::pin(forbidden_work(50));
        (0..polls).for_each(|_| assert!(poll(victim.as_mut()).is_pending()));
        let size = size_of_val(&*victim).cast_signed() as i64;
        let live = [50, 10, 30][polls - 1];
        let ((), m) = block_on(measure_future(async {
            pause().await;
            drop(victim);
            work(50).await;
        }));
        assert_eq!((m.allocations, m.deallocations), (3, 2 + 3));
        assert_eq!(m.retained_bytes, -live - size);
        assert_exact();
    }
}

#[test]
fn a_future_dropped_by_select_gets_no_verdict() {
    block_on(async {
        let ((), m) = measure_future(async {
            let (mut short, mut long) = (pin!(pause().fuse()), pin!(forbidden_work(50).fuse()));
            futures::select_biased! {
                () = long => panic!("it takes longer"),
                () = short => {}
            }
        })
        .await;
        // It was polled twice.
        assert_dropped(&m, 2);
        let ((), m) = measure_future(work(50)).await;
        assert_work(&m, 50);
    });
}

#[test]
fn an_aborted_task_gets_no_verdict() {
    #[alloc_budget(max = 0)]
    async fn stuck(pauses: usize) {
        let _kept = block(50);
        for _ in 0..pauses {
            pause().await;
        }
        std::future::pending::<()>().await;
    }
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        for pauses in 0..4 {
            let task = tokio::spawn(stuck(pauses));
            for _ in 0..pauses {
                pause().await;
            }
            task.abort();
            assert!(task.await.unwrap_err().is_cancelled());
        }
        let ((), m) = tokio::spawn(measure_future(work(50))).await.unwrap();
        assert_work(&m, 50);
    });
    assert_exact();
}

#[test]
fn a_forgotten_future_gets_no_verdict() {
    let mut future = Box::pin(forbidden_work(50));
    assert!(poll(future.as_mut()).is_pending());
    std::mem::forget(future);
    assert_exact();
}

/// `work`, with a panic at one of its points: before, between and behind the pauses.
async fn fragile(point: usize) {
    let panic_at = |here: usize| {
        if here == point {
            // No hook, no message.
            panic::resume_unwind(Box::new(here));
        }
    };
    let first = block(50);
    panic_at(0);
    pause().await;
    panic_at(1);
    let mut second = block(10);
    drop(first);
    pause().await;
    panic_at(2);
    second.reserve_exact(30);
    black_box(&second);
    pause().await;
    panic_at(3);
}

const POINTS: usize = 4;

#[alloc_budget(max = 0, max_peak_bytes = 0, max_retained_bytes = 0, max_deallocs = 0)]
async fn budgeted_fragile(point: usize) {
    fragile(point).await;
}

fn caught(future: impl Future<Output = ()>) -> impl Future<Output = usize> {
    AssertUnwindSafe(future).catch_unwind().map(|result| *result.unwrap_err().downcast().unwrap())
}

/// What a future and the panic that it ends with did.
fn caught_and_measured(future: impl Future<Output = ()>, point: usize) -> Measurement {
    let (caught_at, m) = block_on(measure_future(caught(future)));
    assert_eq!((caught_at, m.retained_bytes), (point, 0));
    m
}

#[test]
fn a_panic_at_any_point_gets_no_verdict_and_counts_as_without_a_budget() {
    for point in 0..POINTS {
        let plain = caught_and_measured(fragile(point), point);
        assert_eq!(caught_and_measured(budgeted_fragile(point), point), plain);
        let with_budget = fragile(point).with_budget(Budget::new().max(0));
        assert_eq!(caught_and_measured(with_budget, point), plain);
        assert_exact();
    }
}

#[test]
fn a_panic_at_any_point_leaves_the_ones_around_exact() {
    for point in 0..POINTS {
        let ((), outer) = measure(|| {
            block_on(async {
                let ((), m) = measure_future(work(50)).await;
                assert_work(&m, 50);
                assert_eq!(alloc_budget::exempt(|| block_on(caught(budgeted_fragile(point)))), point);
                let ((), m) = measure_future(work(60)).await;
                assert_work(&m, 60);
            });
        });
        assert_eq!((outer.allocations, outer.reallocations, outer.deallocations), (6, 2, 6));
        assert_eq!((outer.bytes_allocated, outer.peak_bytes, outer.retained_bytes), (190, 70, 0));
    }
}

#[test]
fn tasks_that_panic_disturb_no_other_task() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(4).build().unwrap();
    runtime.block_on(async {
        let tasks: Vec<_> = (0..1_000)
            .map(|at| {
                let panicking = tokio::spawn(budgeted_fragile(at % POINTS));
                (at, panicking, tokio::spawn(measure_future(work(30 + at))))
            })
            .collect();
        for (at, panicking, exact) in tasks {
            let point: usize = *panicking.await.unwrap_err().into_panic().downcast().unwrap();
            assert_eq!(point, at % POINTS);
            let ((), m) = exact.await.unwrap();
            assert_work(&m, 30 + at as u64);
        }
    });
}

#[test]
fn tasks_over_their_budget_disturb_no_other_task() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(4).build().unwrap();
    runtime.block_on(async {
        let tasks: Vec<_> = (0..50)
            .map(|at| {
                let over = work(50).with_budget(Budget::new().max(2).name("a task"));
                (at, tokio::spawn(over), tokio::spawn(measure_future(work(30 + at))))
            })
            .collect();
        for (at, over, exact) in tasks {
            let message: String = *over.await.unwrap_err().into_panic().downcast().unwrap();
            assert!(message.starts_with("allocation budget exceeded: `a task`"), "{message}");
            assert!(message.contains("allocations   3 of 2"), "{message}");
            let ((), m) = exact.await.unwrap();
            assert_work(&m, 30 + at as u64);
        }
    });
}

#[test]
#[should_panic(expected = "resumed after panicking")]
fn a_future_that_panicked_is_not_polled_again() {
    let mut future = pin!(budgeted_fragile(1));
    assert!(poll(future.as_mut()).is_pending());
    assert!(panic::catch_unwind(AssertUnwindSafe(|| poll(future.as_mut()))).is_err());
    let _ = poll(future.as_mut());
}

#[test]
#[should_panic(expected = "resumed after completion")]
fn a_future_that_was_ready_is_not_polled_again() {
    #[alloc_budget(max = 0)]
    async fn once() {
        pause().await;
    }
    let mut future = pin!(once());
    assert!(poll(future.as_mut()).is_pending());
    assert!(poll(future.as_mut()).is_ready());
    let _ = poll(future.as_mut());
}

/// What a future that ends early does before, and how it is measured. Each has a budget that it
/// would not hold.
const BUDGETS: [fn(Boxed<()>) -> Boxed<()>; 4] = [
    |future| {
        #[alloc_budget(max = 0, max_peak_bytes = 0, max_retained_bytes = 0, max_deallocs = 0)]
        async fn attribute(future: Boxed<()>) {
            future.await;
        }
        Box::pin(attribute(future))
    },
    |future| Box::pin(future.with_budget(Budget::new().max(0).max_peak_bytes(0).max_deallocs(0))),
    |future| {
        Box::pin(async {
            alloc_budget::budget!(max = 0, max_bytes = 0, {
                future.await;
            });
        })
    },
    |future| {
        Box::pin(measure_future(future.with_budget(Budget::new().max_bytes(0))).map(|((), m)| {
            panic!("it ends early, but there is {m:?}");
        }))
    },
];

/// After all of the others have ended.
fn exact_tasks(are_over: &Arc<AtomicUsize>, others: usize) -> Vec<Boxed<Option<Measurement>>> {
    let task = |_| -> Boxed<_> {
        let are_over = are_over.clone();
        Box::pin(async move {
            while are_over.load(Ordering::SeqCst) < others {
                pause().await;
            }
            Some(measure_future(work(50)).await.1)
        })
    };
    (0..50).map(task).collect()
}

fn one_more(count: &AtomicUsize) {
    count.fetch_add(1, Ordering::SeqCst);
}

struct OnDrop<F: Fn()>(F);

impl<F: Fn()> Drop for OnDrop<F> {
    fn drop(&mut self) {
        self.0();
    }
}

/// The table: (executor × where it panics × how it is measured). The executor catches it.
#[test]
fn a_panic_at_any_point_is_caught_by_every_executor() {
    for executor in Executor::ALL {
        let are_over = Arc::new(AtomicUsize::new(0));
        let mut tasks: Vec<Boxed<Option<Measurement>>> = Vec::new();
        for point in 0..POINTS {
            for budget in BUDGETS {
                let are_over = are_over.clone();
                tasks.push(Box::pin(async move {
                    let _over = OnDrop(|| one_more(&are_over));
                    budget(Box::pin(fragile(point))).await;
                    None
                }));
            }
        }
        let count = tasks.len();
        assert_eq!(count, 16);
        tasks.extend(exact_tasks(&are_over, count));
        let mut results = executor.try_run(tasks);
        for m in results.split_off(count) {
            assert_work(&m.unwrap().unwrap(), 50);
        }
        for (at, result) in results.into_iter().enumerate() {
            let point: usize = *result.unwrap_err().downcast().unwrap();
            assert_eq!(point, at / BUDGETS.len(), "{executor:?}");
        }
    }
}

/// `work`, which stays at one of its pauses, and says when it is there.
async fn halting_work(point: usize, is_there: impl Fn()) {
    let halt = async |here| {
        if here == point {
            is_there();
            std::future::pending::<()>().await;
        }
        pause().await;
    };
    let first = block(50);
    halt(0).await;
    let mut second = block(10);
    drop(first);
    halt(1).await;
    second.reserve_exact(30);
    black_box(&second);
    halt(2).await;
}

/// The table: (executor × where it waits × how it is measured). The executor drops it.
#[test]
fn a_future_is_dropped_at_any_point_by_every_executor() {
    const PAUSES: usize = 3;
    for executor in Executor::ALL {
        let [are_there, are_over] = [(); 2].map(|()| Arc::new(AtomicUsize::new(0)));
        let mut victims: Vec<Boxed<()>> = Vec::new();
        for point in 0..PAUSES {
            for budget in BUDGETS {
                let (are_there, are_over) = (are_there.clone(), are_over.clone());
                victims.push(Box::pin(async move {
                    let _over = OnDrop(|| one_more(&are_over));
                    let is_there = move || one_more(&are_there);
                    budget(Box::pin(halting_work(point, is_there))).await;
                }));
            }
        }
        let count = victims.len();
        assert_eq!(count, 12);
        let tasks = exact_tasks(&are_over, count);
        let is_time = || are_there.load(Ordering::SeqCst) == count;
        for m in executor.cancel_and_run(victims, is_time, tasks) {
            assert_work(&m.unwrap().unwrap(), 50);
        }
        assert_eq!(are_over.load(Ordering::SeqCst), count, "{executor:?}");
    }
}
