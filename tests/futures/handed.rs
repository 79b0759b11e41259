//! Tasks that work for the future of another one, on every executor.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use alloc_budget::{Budget, Handle, WithBudget as _, alloc_budget, budget, exempt, measure, measure_future};
use futures::FutureExt as _;

use super::executors::Executor;
use super::*;

/// A future that hands its scope on, and those that work for it.
#[derive(Default)]
struct Group {
    scope: Mutex<Option<Handle>>,
    ended: AtomicUsize,
}

impl Group {
    async fn hand_on_and_wait_for(&self, helpers: usize) {
        let scope = Handle::current();
        // A lock may be memory.
        exempt(|| *self.scope.lock().unwrap() = Some(scope));
        while self.ended.load(Ordering::SeqCst) < helpers {
            pause().await;
        }
        exempt(|| self.scope.lock().unwrap().take());
    }

    async fn help(&self, work: impl Future<Output = ()>) {
        let scope = loop {
            if let Some(scope) = exempt(|| self.scope.lock().unwrap().clone()) {
                break scope;
            }
            pause().await;
        };
        scope.instrument(work).await;
        self.ended.fetch_add(1, Ordering::SeqCst);
    }
}

const HELPERS: usize = 4;

/// Does `work(size)`, and so does each of its helpers.
fn group(size: usize) -> [Boxed<Measurement>; 1 + HELPERS] {
    let group = Arc::new(Group::default());
    std::array::from_fn(|at| -> Boxed<Measurement> {
        let group = group.clone();
        if at == 0 {
            let waits = async move {
                work(size).await;
                group.hand_on_and_wait_for(HELPERS).await;
                exempt(|| drop(group));
            };
            return Box::pin(measure_future(waits).map(|((), m)| m));
        }
        let helps = async move {
            group.help(work(size)).await;
            exempt(|| drop(group));
        };
        Box::pin(measure_future(helps).map(|((), m)| m))
    })
}

#[test]
fn helpers_count_for_the_future_that_they_help_on_every_executor() {
    for executor in Executor::ALL {
        let tasks = (0..1_000).flat_map(|at| group(30 + at % 211)).collect();
        for (at, m) in executor.run(tasks).into_iter().enumerate() {
            let numbers = (m.allocations, m.reallocations, m.deallocations, m.bytes_allocated);
            if at % (1 + HELPERS) > 0 {
                assert_eq!((numbers, m.peak_bytes), ((0, 0, 0, 0), 0), "{executor:?}");
                continue;
            }
            let (size, times) = (30 + (at / (1 + HELPERS) % 211) as u64, 1 + HELPERS as u64);
            assert_eq!(numbers, (3 * times, times, 3 * times, times * (size + 40)), "{executor:?}");
            assert_eq!(m.retained_bytes, 0);
            // Its own peak, and at least that of one other on top. Where tasks go from thread to
            // thread, a block that one thread allocated and another one freed is live on the first
            // for longer than it was: it may be more.
            assert!(m.peak_bytes >= 2 * (size + 10), "{executor:?}, {m:?}");
        }
    }
}

#[test]
fn a_budget_is_for_all_helpers_on_every_executor() {
    let exact = 3 * (1 + HELPERS as u64);
    for executor in Executor::ALL {
        let mut tasks: Vec<Boxed<Option<u64>>> = Vec::new();
        for budget in [exact, exact - 1] {
            let group = Arc::new(Group::default());
            for _ in 0..HELPERS {
                let group = group.clone();
                tasks.push(Box::pin(async move {
                    group.help(work(50)).await;
                    None
                }));
            }
            tasks.push(Box::pin(async move {
                let waits = async {
                    work(50).await;
                    group.hand_on_and_wait_for(HELPERS).await;
                };
                let result = Budget::new().max(budget).check_future(waits).await;
                result.err().map(|overage| overage.measurement().allocations)
            }));
        }
        let overages: Vec<_> = executor.run(tasks).into_iter().flatten().collect();
        assert_eq!(overages, [exact], "{executor:?}");
    }
}

/// A budget of the helper's own is inside of the work, and counts as elsewhere.
#[test]
fn helpers_have_budgets_of_their_own() {
    for executor in Executor::ALL {
        let group = Arc::new(Group::default());
        let helper = group.clone();
        let helps: Boxed<u64> = Box::pin(async move {
            helper.help(work(50).with_budget(Budget::new().max(3).max_bytes(90))).await;
            0
        });
        let waits: Boxed<u64> =
            Box::pin(async move { measure_future(group.hand_on_and_wait_for(1)).await.1.allocations });
        assert_eq!(executor.run(vec![waits, helps]), [3, 0], "{executor:?}");
    }
}

/// By each of the ways to give one: a block, a function, a combinator.
#[test]
fn every_budget_across_an_await_is_for_its_helpers_too() {
    type Waits = fn(u64, Arc<Group>) -> Boxed<()>;
    let ways: [Waits; 3] = [
        |max, group| {
            Box::pin(async move {
                budget!(max = max, {
                    work(50).await;
                    group.hand_on_and_wait_for(1).await;
                });
            })
        },
        |max, group| {
            #[alloc_budget(max = max)]
            async fn waits(max: u64, group: &Group) {
                work(50).await;
                group.hand_on_and_wait_for(1).await;
            }
            Box::pin(async move { waits(max, &group).await })
        },
        |max, group| {
            let waits = async move { group.hand_on_and_wait_for(1).await };
            Box::pin(async move {
                work(50).await;
                waits.with_budget(Budget::new().max(max - 3)).await;
            })
        },
    ];
    for way in ways {
        for (max, is_enough) in [(6, true), (5, false)] {
            let group = Arc::new(Group::default());
            let mut waits = way(max, group.clone());
            let ((), around) = measure(|| {
                let mut helps = pin!(group.help(work(50)));
                while poll(waits.as_mut()).is_pending() && poll(helps.as_mut()).is_pending() {}
                let result = catch_unwind(AssertUnwindSafe(|| poll(waits.as_mut())));
                assert_eq!(result.is_ok(), is_enough);
            });
            assert_eq!((around.allocations, around.retained_bytes), (6, 0));
        }
    }
}

#[test]
fn the_future_is_that_of_the_plain_one() {
    fn assert_send<T: Send + 'static>(value: T) -> T {
        value
    }
    fn assert_unpin<T: Unpin>(value: T) -> T {
        value
    }
    let borrowed = String::from("a");
    let instrument = |scope: &Handle| scope.clone().instrument(async { borrowed.as_str() });
    block_on(assert_send(Handle::current().instrument(work(50))));
    assert_eq!(block_on(assert_unpin(Handle::current().instrument(std::future::ready(1)))), 1);
    assert_eq!(block_on(instrument(&Handle::current())), "a");
    // Neither `Send` nor `Unpin`.
    let local = std::rc::Rc::new(1);
    let future = async {
        pause().await;
        *local
    };
    assert_eq!(block_on(Handle::current().instrument(future)), 1);
}
