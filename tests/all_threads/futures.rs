//! Futures whose budget is of all threads: measured from the first poll to the last.

use std::future::Future;
use std::pin::pin;
use std::task::Poll;

use alloc_budget::{Budget, OnOverage, Overage, WithBudget as _, alloc_budget, budget, exempt};
use support::{awaits, panic_of, pause, poll};

use super::workers::{Workers, elsewhere};
use super::{measure_all, numbers, work};

/// With an await that can be seen, that can't, and with none.
pub(crate) fn a_future_inside_an_exempt_stretch_counts() {
    #[expect(clippy::unused_async, reason = "one that never waits")]
    #[alloc_budget(max = allowed, threads = all)]
    async fn plain(allowed: u64) {
        work(1);
    }
    let workers = Workers::new(1);
    let beside = || {
        work(1_000);
        workers.run(&[|| work(2)]);
    };
    let budget = Budget::new().max(0).all_threads();
    let panics: [(&dyn Fn(), u64); 4] = [
        (&|| run(paused(0), beside), 2 + 2 * 2),
        (&|| run(hidden(0), beside), 2 + 2),
        (&|| run(plain(0), beside), 2),
        (&|| run(pause().with_budget(budget), beside), 2),
    ];
    let ((), outer) = measure_all(|| {
        exempt(|| {
            for (exceed, done) in panics {
                let (_, message) = panic_of(exceed);
                assert!(message.contains(&format!("allocations   {done} of 0")), "{message}");
            }
        });
    });
    // What the other thread did, which was not exempt.
    assert_eq!(numbers(&outer), [8, 24, 0, 4, 8]);
}

/// Polls until the future is ready, and does something in between.
fn run<T>(future: impl Future<Output = T>, between: impl Fn()) -> T {
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(value) = poll(future.as_mut()) {
            return value;
        }
        between();
    }
}

#[alloc_budget(max = allowed, threads = all)]
pub(crate) async fn paused(allowed: u64) {
    pause().await;
    work(1);
    pause().await;
}

pub(crate) fn an_async_function_is_measured_from_its_first_poll_on() {
    let future = paused(6);
    work(1);
    run(future, || work(2));
    let workers = Workers::new(1);
    let (_, message) = panic_of(|| run(paused(5), || workers.run(&[|| work(2)])));
    assert!(message.contains("allocations   6 of 5"), "{message}");
}

/// Awaits what the attribute can't see, so it is measured from outside.
#[alloc_budget(max = allowed, threads = all)]
async fn hidden(allowed: u64) {
    awaits!(pause());
    work(1);
}

pub(crate) fn an_await_in_a_macro_is_measured_too() {
    let workers = Workers::new(1);
    let beside = || workers.run(&[|| work(2)]);
    run(hidden(4), beside);
    let (_, message) = panic_of(|| run(hidden(3), beside));
    assert!(message.contains("allocations   4 of 3"), "{message}");
}

/// It began in an exempt stretch, which is none of the thread's that it moves to.
pub(crate) fn a_block_that_waits_unseen_may_go_on_elsewhere() {
    async fn hiding() {
        budget!(max = 2, threads = all, {
            pause().await;
            awaits!(pause());
            work(1);
        });
    }
    let workers = Workers::new(1);
    let mut future = Box::pin(hiding());
    exempt(|| assert_eq!([poll(future.as_mut()), poll(future.as_mut())], [Poll::Pending; 2]));
    assert!(exempt(|| elsewhere(&workers, move || poll(future.as_mut()).is_ready())));
    let ((), m) = measure_all(|| workers.run(&[|| work(1)]));
    assert_eq!(numbers(&m), [2, 3, 0, 1, 2]);
}

#[alloc_budget(max = 0, threads = all, warmup = 1)]
async fn warm_paused() {
    pause().await;
}

#[alloc_budget(max = 0, threads = all, warmup = 1)]
async fn warm_hidden() {
    awaits!(pause());
}

pub(crate) fn a_warm_up_of_an_async_function_is_not_judged() {
    let workers = Workers::new(1);
    let beside = || workers.run(&[|| work(2)]);
    run(warm_paused(), beside);
    run(warm_hidden(), beside);
    for (_, message) in [panic_of(|| run(warm_paused(), beside)), panic_of(|| run(warm_hidden(), beside))] {
        assert!(message.contains("allocations   2 of 0"), "{message}");
    }
}

pub(crate) fn a_future_that_is_dropped_gets_no_verdict() {
    let mut future = Box::pin(paused(0));
    assert!(poll(future.as_mut()).is_pending());
    work(1);
    drop(future);
    let ((), m) = measure_all(|| work(1));
    assert_eq!(numbers(&m), [2, 3, 0, 1, 2]);
}

pub(crate) fn a_future_with_a_budget_sees_other_threads() {
    let workers = Workers::new(1);
    let beside = || workers.run(&[|| work(1)]);
    let budget = Budget::new().max(2).all_threads();
    run(pause().with_budget(budget), beside);
    let overage: Result<(), Overage> = run(budget.max(1).check_future(pause()), beside);
    assert_eq!(numbers(overage.unwrap_err().measurement()), [2, 3, 0, 1, 2]);
    let warned = budget.max(0).on_overage(OnOverage::Warn);
    run(pause().with_budget(warned), || work(1));
}
