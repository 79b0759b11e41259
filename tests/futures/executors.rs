//! The same numbers on every executor.

use std::future::pending;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::mpsc;
use std::thread;

use alloc_budget::{Budget, Limit, Overage, WithBudget as _, alloc_budget, measure_future};
use futures::FutureExt as _;
use futures::executor::LocalPool;
use futures::task::LocalSpawnExt as _;
use support::limited;

use super::*;

const WORKERS: usize = 4;

#[derive(Debug, Clone, Copy)]
pub(crate) enum Executor {
    TokioMultiThread,
    TokioCurrentThread,
    Smol,
    LocalPool,
    /// Polls each time on another thread.
    Hopping,
}

impl Executor {
    pub(crate) const ALL: [Self; 5] =
        [Self::TokioMultiThread, Self::TokioCurrentThread, Self::Smol, Self::LocalPool, Self::Hopping];

    /// Runs the tasks at the same time.
    pub(crate) fn run<T: Send + 'static>(self, tasks: Vec<Boxed<T>>) -> Vec<T> {
        let value = |result: thread::Result<T>| result.unwrap_or_else(|payload| resume_unwind(payload));
        self.try_run(tasks).into_iter().map(value).collect()
    }

    /// The same, with what the executor catches when a task panics.
    pub(crate) fn try_run<T: Send + 'static>(self, tasks: Vec<Boxed<T>>) -> Vec<thread::Result<T>> {
        self.cancel_and_run(Vec::new(), || true, tasks)
    }

    /// Runs all of them, and cancels the `victims`, which are never ready, when it is time to.
    pub(crate) fn cancel_and_run<T: Send + 'static>(
        self,
        victims: Vec<Boxed<()>>,
        is_time: impl Fn() -> bool + Send + Sync,
        tasks: Vec<Boxed<T>>,
    ) -> Vec<thread::Result<T>> {
        let time = wait_until(&is_time);
        match self {
            Self::TokioMultiThread => {
                let mut runtime = tokio::runtime::Builder::new_multi_thread();
                on_tokio(runtime.worker_threads(WORKERS), victims, time, tasks)
            }
            Self::TokioCurrentThread => {
                on_tokio(&mut tokio::runtime::Builder::new_current_thread(), victims, time, tasks)
            }
            Self::Smol => on_smol(victims, time, tasks),
            Self::LocalPool => on_a_local_pool(victims, time, tasks),
            Self::Hopping => hopping(victims, &is_time, tasks),
        }
    }
}

async fn wait_until(is_time: impl Fn() -> bool) {
    while !is_time() {
        pause().await;
    }
}

fn on_tokio<T: Send + 'static>(
    runtime: &mut tokio::runtime::Builder,
    victims: Vec<Boxed<()>>,
    time: impl Future,
    tasks: Vec<Boxed<T>>,
) -> Vec<thread::Result<T>> {
    runtime.build().unwrap().block_on(async {
        let victims: Vec<_> = victims.into_iter().map(tokio::spawn).collect();
        let handles: Vec<_> = tasks.into_iter().map(tokio::spawn).collect();
        time.await;
        victims.iter().for_each(tokio::task::JoinHandle::abort);
        for victim in victims {
            assert!(victim.await.unwrap_err().is_cancelled());
        }
        let mut values = Vec::new();
        for handle in handles {
            values.push(handle.await.map_err(tokio::task::JoinError::into_panic));
        }
        values
    })
}

fn on_smol<T: Send + 'static>(
    victims: Vec<Boxed<()>>,
    time: impl Future,
    tasks: Vec<Boxed<T>>,
) -> Vec<thread::Result<T>> {
    let executor = smol::Executor::new();
    let (done, is_done) = smol::channel::bounded::<()>(1);
    thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(|| smol::block_on(executor.run(is_done.recv())));
        }
        // Also when this panics, the workers come to an end.
        let done = done;
        let victims: Vec<_> = victims.into_iter().map(|victim| executor.spawn(victim)).collect();
        let handles: Vec<_> =
            tasks.into_iter().map(|task| AssertUnwindSafe(executor.spawn(task)).catch_unwind()).collect();
        let values = smol::block_on(async {
            time.await;
            for victim in victims {
                assert_eq!(victim.cancel().await, None);
            }
            futures::future::join_all(handles).await
        });
        drop(done);
        values
    })
}

fn on_a_local_pool<T: Send + 'static>(
    victims: Vec<Boxed<()>>,
    time: impl Future,
    tasks: Vec<Boxed<T>>,
) -> Vec<thread::Result<T>> {
    let mut pool = LocalPool::new();
    let spawner = pool.spawner();
    let victims: Vec<_> =
        victims.into_iter().map(|victim| spawner.spawn_local_with_handle(victim).unwrap()).collect();
    let spawn = |task| AssertUnwindSafe(spawner.spawn_local_with_handle(task).unwrap()).catch_unwind();
    let handles: Vec<_> = tasks.into_iter().map(spawn).collect();
    pool.run_until(time);
    drop(victims);
    pool.run_until(futures::future::join_all(handles))
}

fn hopping<T: Send + 'static>(
    victims: Vec<Boxed<()>>,
    is_time: &(impl Fn() -> bool + Sync),
    tasks: Vec<Boxed<T>>,
) -> Vec<thread::Result<T>> {
    enum Task<T> {
        Victim(Boxed<()>),
        Numbered(usize, Boxed<T>),
    }
    let count = tasks.len();
    let (senders, receivers): (Vec<_>, Vec<_>) =
        (0..WORKERS).map(|_| mpsc::channel::<Option<Task<T>>>()).unzip();
    let (results, finished) = mpsc::channel();
    let tasks = tasks.into_iter().enumerate().map(|(at, task)| Task::Numbered(at, task));
    for (worker, task) in victims.into_iter().map(Task::Victim).chain(tasks).enumerate() {
        senders[worker % WORKERS].send(Some(task)).unwrap();
    }
    thread::scope(|scope| {
        for (worker, tasks) in receivers.into_iter().enumerate() {
            let (next, results) = (senders[(worker + 1) % WORKERS].clone(), results.clone());
            scope.spawn(move || {
                while let Ok(Some(task)) = tasks.recv() {
                    match task {
                        Task::Victim(victim) if is_time() => drop(victim),
                        Task::Victim(mut victim) => {
                            assert!(poll(victim.as_mut()).is_pending());
                            next.send(Some(Task::Victim(victim))).unwrap();
                        }
                        Task::Numbered(at, mut task) => {
                            match catch_unwind(AssertUnwindSafe(|| poll(task.as_mut()))) {
                                Ok(Poll::Pending) => next.send(Some(Task::Numbered(at, task))).unwrap(),
                                Ok(Poll::Ready(value)) => results.send((at, Ok(value))).unwrap(),
                                Err(payload) => results.send((at, Err(payload))).unwrap(),
                            }
                        }
                    }
                }
            });
        }
        let mut values: Vec<_> = finished.iter().take(count).collect();
        for sender in &senders {
            sender.send(None).unwrap();
        }
        values.sort_by_key(|(at, _)| *at);
        values.into_iter().map(|(_, value)| value).collect()
    })
}

/// Each task has a size of its own.
fn ten_thousand_tasks(executor: Executor) {
    let sizes = || (0..10_000).map(|at| 30 + at % 211);
    let tasks = sizes().map(|size| -> Boxed<Measurement> {
        Box::pin(measure_future(work(size)).map(|((), measurement)| measurement))
    });
    let measurements = executor.run(tasks.collect());

    assert_eq!(measurements.len(), 10_000);
    for (m, size) in measurements.iter().zip(sizes()) {
        assert_work(m, size as u64);
    }
}

#[test]
fn ten_thousand_tasks_are_exact_on_tokio_with_many_threads() {
    ten_thousand_tasks(Executor::TokioMultiThread);
}

#[test]
fn ten_thousand_tasks_are_exact_on_tokio_with_one_thread() {
    ten_thousand_tasks(Executor::TokioCurrentThread);
}

#[test]
fn ten_thousand_tasks_are_exact_on_smol() {
    ten_thousand_tasks(Executor::Smol);
}

#[test]
fn ten_thousand_tasks_are_exact_on_a_local_pool() {
    ten_thousand_tasks(Executor::LocalPool);
}

#[test]
fn ten_thousand_tasks_are_exact_where_each_poll_is_on_another_thread() {
    ten_thousand_tasks(Executor::Hopping);
}

#[test]
fn the_hand_written_executor_polls_each_time_on_another_thread() {
    let task = || -> Boxed<Vec<thread::ThreadId>> {
        Box::pin(async {
            let mut threads = Vec::new();
            for _ in 0..10 {
                threads.push(thread::current().id());
                pause().await;
            }
            threads
        })
    };
    for threads in Executor::Hopping.run(vec![task(), task()]) {
        assert!(threads.windows(2).all(|two| two[0] != two[1]), "{threads:?}");
    }
}

type Make = fn() -> Boxed<()>;

/// A future with the value of each limit, in the order of [`Limit::ALL`], counted by hand:
/// allocations, bytes, peak bytes, retained bytes, reallocations, deallocations.
struct Shape {
    name: &'static str,
    future: Make,
    values: [u64; 6],
}

#[rustfmt::skip]
const SHAPES: [Shape; 12] = [
    Shape { name: "nothing",        future: || Box::pin(async {}),                 values: [0, 0, 0, 0, 0, 0] },
    Shape { name: "only pauses",    future: || Box::pin(pauses(5)),                values: [0, 0, 0, 0, 0, 0] },
    Shape { name: "one poll",       future: || Box::pin(async { drop(block(7)) }), values: [1, 7, 7, 0, 0, 1] },
    Shape { name: "work",           future: || Box::pin(work(50)),                 values: [3, 90, 60, 0, 1, 3] },
    Shape { name: "across a pause", future: || Box::pin(across()),                 values: [1, 8, 8, 0, 0, 1] },
    Shape { name: "one at a time",  future: || Box::pin(one_at_a_time()),          values: [10, 145, 19, 0, 0, 10] },
    Shape { name: "all at a time",  future: || Box::pin(all_at_a_time()),          values: [3, 60, 60, 0, 0, 3] },
    Shape { name: "grows",          future: || Box::pin(grows()),                  values: [4, 100, 40, 0, 3, 4] },
    Shape { name: "leaks",          future: || Box::pin(leaks()),                  values: [2, 30, 30, 20, 0, 1] },
    Shape { name: "frees another's", future: frees,                                values: [1, 4, 0, 0, 0, 2] },
    Shape { name: "freed elsewhere", future: || Box::pin(freed_elsewhere()),       values: [2, 40, 40, 40, 0, 0] },
    Shape { name: "in each other",  future: || Box::pin(in_each_other()),          values: [7, 195, 75, 0, 2, 7] },
];

async fn pauses(count: usize) {
    for _ in 0..count {
        pause().await;
    }
}

async fn across() {
    let block = block(8);
    pause().await;
    drop(block);
}

async fn one_at_a_time() {
    for size in 10..20 {
        let _block = block(size);
        pause().await;
    }
}

async fn all_at_a_time() {
    let _first = block(10);
    pause().await;
    let _second = block(20);
    pause().await;
    let _third = block(30);
    pause().await;
}

async fn grows() {
    let mut grown = block(10);
    for size in [20, 30, 40] {
        pause().await;
        grown.reserve_exact(size);
        black_box(&grown);
    }
}

async fn leaks() {
    let kept = block(10);
    pause().await;
    std::mem::forget(block(20));
    pause().await;
    drop(kept);
}

/// The block was there before the future is polled.
fn frees() -> Boxed<()> {
    let before = block(100);
    Box::pin(async move {
        pause().await;
        drop(before);
        pause().await;
        drop(block(4));
    })
}

async fn freed_elsewhere() {
    let blocks = [block(10), block(30)];
    pause().await;
    // Starting a thread allocates, which is not the shape's business.
    alloc_budget::exempt(|| {
        // What the closure takes is freed there.
        thread::scope(|scope| scope.spawn(move || drop(blocks)).join().unwrap());
    });
    pause().await;
}

/// At its peak there are its own block, and `work`'s first and second one.
async fn in_each_other() {
    let _block = block(15);
    work(50).await;
    let both = measure_future(work(50)).with_budget(Budget::new().max(3));
    let ((), m) = both.await;
    assert_work(&m, 50);
}

/// A row of the table: what happens to a shape whose limit is its value, or one less.
struct Case {
    shape: &'static Shape,
    limit: Limit,
    value: u64,
    is_short: bool,
}

fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for shape in &SHAPES {
        for (limit, value) in Limit::ALL.into_iter().zip(shape.values) {
            let short = (value > 0).then_some(true);
            cases.extend([false].into_iter().chain(short).map(|is_short| Case {
                shape,
                limit,
                value,
                is_short,
            }));
        }
    }
    cases
}

fn check(executor: Executor, case: &Case, result: &Result<(), Overage>) {
    let at = format!("{executor:?}, {}, {} is {}", case.shape.name, case.limit, case.value);
    match result {
        Ok(()) => assert!(!case.is_short, "{at}: no overage"),
        Err(overage) => {
            assert!(case.is_short, "{at}: {overage}");
            let exceeded: Vec<_> = overage.exceeded().map(|e| (e.limit, e.actual, e.allowed)).collect();
            assert_eq!(exceeded, [(case.limit, case.value, case.value - 1)], "{at}");
            let of = |limit: &Limit| overage.measurement().value(*limit);
            let values: Vec<_> = Limit::ALL[..case.shape.values.len()].iter().map(of).collect();
            assert_eq!(values, case.shape.values, "{at}");
        }
    }
}

#[test]
fn every_limit_of_every_shape_is_exact_on_every_executor() {
    let cases = cases();
    // Each of the six limits of each shape as it is, and those above zero also one less.
    assert_eq!(cases.len(), 12 * 6 + 43);
    for executor in Executor::ALL {
        let tasks = cases.iter().map(|case| -> Boxed<Result<(), Overage>> {
            let budget = limited(Budget::new(), case.limit, case.value - u64::from(case.is_short));
            Box::pin(budget.check_future((case.shape.future)()))
        });
        let results = executor.run(tasks.collect());
        assert_eq!(results.len(), cases.len());
        for (case, result) in cases.iter().zip(&results) {
            check(executor, case, result);
        }
    }
}

#[alloc_budget(
    max = limits[0],
    max_bytes = limits[1],
    max_peak_bytes = limits[2],
    max_retained_bytes = limits[3],
    max_reallocs = limits[4],
    max_deallocs = limits[5]
)]
async fn budgeted(future: fn() -> Boxed<()>, limits: [u64; 6]) {
    let future = alloc_budget::exempt(future);
    let mut future = std::mem::ManuallyDrop::new(future);
    future.as_mut().await;
    alloc_budget::exempt(|| drop(std::mem::ManuallyDrop::into_inner(future)));
}

#[test]
fn the_attribute_is_exact_on_every_executor() {
    assert_exact_everywhere(budgeted);
}

/// Runs each shape with its values for limits, and with one of them short.
pub(crate) fn assert_exact_everywhere<F: Future<Output = ()> + Send + 'static>(
    budgeted: fn(Make, [u64; 6]) -> F,
) {
    for executor in Executor::ALL {
        for shape in &SHAPES {
            let exact = shape.values;
            let mut tasks: Vec<Boxed<bool>> = vec![Box::pin(budgeted(shape.future, exact).map(|()| true))];
            for at in (0..6).filter(|at| exact[*at] > 0) {
                let mut short = exact;
                short[at] -= 1;
                let caught = AssertUnwindSafe(budgeted(shape.future, short)).catch_unwind();
                tasks.push(Box::pin(caught.map(|result| result.is_err())));
            }
            for (at, is_right) in executor.run(tasks).into_iter().enumerate() {
                assert!(is_right, "{executor:?}, {}: verdict {at}", shape.name);
            }
        }
    }
}

#[test]
fn a_future_is_measured_beside_one_that_is_never_ready() {
    for executor in Executor::ALL {
        let either: Boxed<bool> = Box::pin(async {
            let mut never = pin!(measure_future(pending::<()>()).fuse());
            let mut soon = pin!(measure_future(work(30)).fuse());
            futures::select_biased! {
                _ = never => false,
                ((), m) = soon => { assert_work(&m, 30); true }
            }
        });
        assert_eq!(executor.run(vec![either]), [true], "{executor:?}");
    }
}
