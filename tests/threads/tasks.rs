//! tokio: tasks, and threads for what blocks. Its own bookkeeping is exempt.

use std::cell::Cell;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::Poll;

use alloc_budget::{Budget, WithBudget as _, measure_future};
use support::poll;
use tokio::task::{JoinError, JoinHandle};

use super::*;

fn multi_thread() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(4).build().unwrap()
}

fn current_thread() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().build().unwrap()
}

/// `work`, which lets others go first at each of its points.
async fn slow_work(size: usize) {
    let first = block(size);
    exempt_yield().await;
    let mut second = block(10);
    drop(first);
    exempt_yield().await;
    second.reserve_exact(30);
    black_box(&second);
    exempt_yield().await;
}

/// tokio keeps those that yield in a list that grows.
async fn exempt_yield() {
    let mut yielded = pin!(tokio::task::yield_now());
    poll_fn(|context| exempt(|| yielded.as_mut().poll(context))).await;
}

/// The task's value. What it takes to wait for it is exempt.
async fn join<T>(mut task: JoinHandle<T>) -> Result<T, JoinError> {
    let value = poll_fn(|context| exempt(|| Pin::new(&mut task).poll(context))).await;
    exempt(|| drop(task));
    value
}

/// Spawns tasks for the scope of this future, and waits for them.
async fn spawn(tasks: usize, size: usize) {
    let scope = Handle::current();
    let spawn = |_| tokio::spawn(scope.clone().instrument(slow_work(size)));
    let mut tasks = exempt(|| (0..tasks).map(spawn).collect::<Vec<_>>());
    while let Some(task) = tasks.pop() {
        join(task).await.unwrap();
    }
    exempt(|| drop(tasks));
}

#[test]
fn spawned_tasks_count_for_the_future_that_waits() {
    for runtime in [multi_thread(), current_thread()] {
        for _ in 0..100 {
            let ((), m) = runtime.block_on(measure_future(async {
                spawn(10, 50).await;
                slow_work(50).await;
            }));
            assert_overlapping_work(&m, 11, 50);
        }
    }
}

/// The future and its task are polled by the same thread, in a scope that has the future's results
/// at its end.
#[test]
fn a_task_counts_once_for_the_scope_around_the_executor() {
    for _ in 0..100 {
        let (m, outer) = measure(|| {
            let (scope, is_done) = (Cell::new(None), Cell::new(false));
            let mut waits = pin!(measure_future(poll_fn(|_| {
                if is_done.get() {
                    return Poll::Ready(());
                }
                scope.set(Some(Handle::current()));
                Poll::Pending
            })));
            assert!(poll(waits.as_mut()).is_pending());
            let mut task = pin!(scope.take().unwrap().instrument(async {
                let first = block(50);
                tokio::task::yield_now().await;
                drop(first);
            }));
            assert!(poll(task.as_mut()).is_pending());
            assert!(poll(waits.as_mut()).is_pending());
            assert!(poll(task.as_mut()).is_ready());
            is_done.set(true);
            let Poll::Ready(((), m)) = poll(waits) else { panic!("not ready") };
            m
        });
        assert_eq!((m.allocations, m.deallocations, m.peak_bytes), (1, 1, 50));
        assert_eq!(outer, m);
    }
}

/// Tasks that wait for tasks, each measured.
#[test]
fn tasks_of_tasks_count() {
    /// A task's box is exempt, and so is a task that it spawns.
    fn level(depth: u32) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(async move {
            let ((), m) = measure_future(async {
                work(50);
                if depth > 0 {
                    let scope = Handle::current();
                    let half = |_| tokio::spawn(scope.clone().instrument(level(depth - 1)));
                    let [first, second] = exempt(|| [0, 1].map(half));
                    join(first).await.unwrap();
                    join(second).await.unwrap();
                }
            })
            .await;
            assert_overlapping_work(&m, (1 << (depth + 1)) - 1, 50);
        })
    }
    let runtime = multi_thread();
    for _ in 0..20 {
        runtime.block_on(async { tokio::spawn(level(5)).await.unwrap() });
    }
}

#[test]
fn blocking_threads_count() {
    for runtime in [multi_thread(), current_thread()] {
        for _ in 0..100 {
            let ((), m) = runtime.block_on(measure_future(async {
                let scope = Handle::current();
                let task = exempt(|| tokio::task::spawn_blocking(move || scope.run(|| work(50))));
                join(task).await.unwrap();
            }));
            assert_work(&m, 1, 50);
        }
    }
}

#[test]
fn a_budget_holds_for_tasks() {
    let runtime = multi_thread();
    let run = |budget: Budget| runtime.block_on(budget.check_future(spawn(10, 50)));
    assert!(run(Budget::new().max(30).max_bytes(900).max_retained_bytes(0).max_deallocs(30)).is_ok());
    let overage = run(Budget::new().max(29)).unwrap_err();
    assert_eq!(overage.measurement().allocations, 30);
}

/// A task that nobody waits for.
#[test]
fn tasks_that_outlive_the_future_count_nowhere() {
    let runtime = multi_thread();
    for _ in 0..20 {
        let (task, m) = runtime.block_on(measure_future(async {
            let scope = Handle::current();
            let (send, receive) = exempt(futures::channel::oneshot::channel::<()>);
            let late = async move {
                let _ = receive.await;
                slow_work(50).await;
            };
            let task = exempt(|| tokio::spawn(scope.instrument(late)));
            slow_work(50).await;
            (task, send)
        }));
        assert_work(&m, 1, 50);
        runtime.block_on(async {
            let (task, send) = task;
            send.send(()).unwrap();
            task.await.unwrap();
            let ((), m) = measure_future(slow_work(50)).await;
            assert_work(&m, 1, 50);
        });
    }
}

/// The measured future is inside of the handle, or around it.
#[test]
fn scopes_of_tasks_are_their_own() {
    let runtime = multi_thread();
    let (inside, m) = runtime.block_on(measure_future(async {
        let scope = Handle::current();
        let inside = measure_future(slow_work(50)).with_budget(Budget::new().max(3));
        let task = exempt(|| tokio::spawn(scope.instrument(inside)));
        let ((), m) = join(task).await.unwrap();
        m
    }));
    assert_work(&inside, 1, 50);
    assert_work(&m, 1, 50);
    let (around, m) = runtime.block_on(measure_future(async {
        let scope = Handle::current();
        let around = measure_future(scope.instrument(slow_work(50)));
        let task = exempt(|| tokio::spawn(around));
        let ((), m) = join(task).await.unwrap();
        m
    }));
    assert_work(&around, 0, 50);
    assert_work(&m, 1, 50);
}

#[test]
fn tasks_that_panic_count() {
    let runtime = multi_thread();
    for _ in 0..20 {
        let ((), m) = runtime.block_on(measure_future(async {
            let scope = Handle::current();
            let task = async {
                let _kept = block(50);
                exempt_yield().await;
                let _more = block(10);
                std::panic::resume_unwind(Box::new(()));
            };
            let task = exempt(|| tokio::spawn(scope.instrument(task)));
            let result = join(task).await;
            assert!(result.unwrap_err().is_panic());
            slow_work(50).await;
        }));
        // The unwinder's allocations are freed elsewhere.
        assert!(m.allocations >= 5 && m.deallocations == 5, "{m:?}");
    }
}
