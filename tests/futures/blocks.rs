//! `budget!` around a block that awaits.

use std::panic::AssertUnwindSafe;

use alloc_budget::{alloc_budget, budget, measure_future};
use futures::FutureExt as _;
use support::{awaits, catch, output, panic_of};

use super::executors::{Executor, assert_exact_everywhere};
use super::*;

/// What it does beside the block does not count.
async fn budgeted(future: fn() -> Boxed<()>, limits: [u64; 6]) {
    let mut future = std::mem::ManuallyDrop::new(alloc_budget::exempt(future));
    drop(block(1_000));
    pause().await;
    budget!(
        max = limits[0],
        max_bytes = limits[1],
        max_peak_bytes = limits[2],
        max_retained_bytes = limits[3],
        max_reallocs = limits[4],
        max_deallocs = limits[5],
        { future.as_mut().await }
    );
    pause().await;
    drop(block(1_000));
    alloc_budget::exempt(|| drop(std::mem::ManuallyDrop::into_inner(future)));
}

#[test]
fn every_limit_of_every_shape_is_exact_on_every_executor() {
    assert_exact_everywhere(budgeted);
}

#[test]
fn a_thousand_tasks_with_two_blocks_are_exact_on_every_executor() {
    async fn task(size: usize) {
        budget!(max = 3, max_peak_bytes = size + 10, max_retained_bytes = 0, {
            work(size).await;
        });
        drop(block(7));
        budget!(max = 2, max_bytes = size, {
            drop(block(size - 1));
            pause().await;
            drop(block(1));
        });
    }
    for executor in Executor::ALL {
        let tasks = (0..1_000).map(|at| -> Boxed<()> { Box::pin(task(30 + at % 211)) });
        assert_eq!(executor.run(tasks.collect()).len(), 1_000);
    }
}

#[test]
fn a_block_may_be_left_while_its_function_awaits() {
    async fn ready<T>(value: T) -> T {
        pause().await;
        value
    }
    async fn question(text: &str) -> Result<u8, std::num::ParseIntError> {
        Ok(budget!(max = 0, { ready(text).await.parse::<u8>()? }))
    }
    async fn early(n: u8) -> u8 {
        budget!(max = 0, {
            if ready(n).await == 0 {
                return 100;
            }
        });
        n
    }
    async fn broken() -> u8 {
        'outer: loop {
            for n in 0.. {
                budget!(max = 0, {
                    if ready(n).await == 3 {
                        break 'outer n;
                    }
                });
            }
        }
    }
    assert_eq!(block_on(question("7")), Ok(7));
    assert!(block_on(question("seven")).is_err());
    assert_eq!((block_on(early(0)), block_on(early(1)), block_on(broken())), (100, 1, 3));
}

#[test]
fn a_block_borrows_across_its_await() {
    async fn fill(buffer: &mut Block) -> &mut u8 {
        let (first, _) = budget!(max = 0, {
            buffer.extend_from_slice(b"by");
            pause().await;
            buffer.extend_from_slice(b"tes");
            buffer.split_first_mut().unwrap()
        });
        first
    }
    let mut buffer = Block::with_capacity(8);
    *block_on(fill(&mut buffer)) = b'B';
    assert_eq!(buffer, b"Bytes");
}

#[alloc_budget(max = outer)]
async fn nested(outer: u64, middle: u64, inner: u64) {
    drop(block(1));
    budget!(max = middle, {
        pause().await;
        drop(block(2));
        budget!(max = inner, {
            pause().await;
            drop(block(3));
            pause().await;
        });
        pause().await;
        drop(block(4));
    });
}

#[test]
fn blocks_may_be_in_each_other() {
    block_on(nested(4, 3, 1));
    for short in [nested(3, 3, 1), nested(4, 2, 1), nested(4, 3, 0)] {
        assert!(block_on(AssertUnwindSafe(short).catch_unwind()).is_err());
    }
    let ((), m) = block_on(measure_future(nested(4, 3, 1)));
    assert_eq!((m.allocations, m.bytes_allocated, m.peak_bytes), (4, 10, 4));
}

#[test]
fn blocks_that_take_turns_do_not_see_each_other() {
    async fn one(count: usize) {
        budget!(max = count, max_deallocs = count, {
            for _ in 0..count {
                drop(block(1));
                pause().await;
            }
        });
    }
    block_on(async {
        futures::join!(one(0), one(1), one(5), one(2));
    });
}

#[test]
fn what_an_async_block_inside_awaits_is_its_own() {
    async fn outside() -> usize {
        let later = budget!(max = 0, {
            pause().await;
            async {
                pause().await;
                block(5).capacity()
            }
        });
        let closure = budget!(max = 0, {
            pause().await;
            async |size: usize| pause().map(|()| block(size).capacity()).await
        });
        later.await + closure(6).await
    }
    assert_eq!(block_on(outside()), 11);
}

#[test]
fn what_a_macro_hides_goes_into_a_block_of_its_own() {
    async fn joined() -> usize {
        budget!(max = 2, {
            let (first, second) = async { futures::join!(sized(3), sized(4)) }.await;
            first + second
        })
    }
    async fn sized(size: usize) -> usize {
        pause().await;
        block(size).capacity()
    }
    assert_eq!(block_on(joined()), 7);
}

#[test]
fn what_a_macro_hides_is_not_green() {
    async fn hiding() {
        budget!(max = 1, {
            pause().await;
            awaits!(pause());
        });
    }
    // On one thread what happens meanwhile counts; past another budget's end there is nothing left
    // to judge.
    let mut future = Box::pin(hiding());
    assert!(poll(future.as_mut()).is_pending());
    alloc_budget::measure(|| assert!(poll(future.as_mut()).is_pending()));
    let (_, message) = panic_of(|| poll(future.as_mut()));
    assert!(
        message.contains("cannot be checked: the block waited where that could not be seen"),
        "{message}"
    );
}

#[test]
fn what_a_macro_hides_fails_a_strict_process_though_the_panic_is_caught() {
    let name = "blocks::what_a_macro_hides_fails_a_strict_process_though_the_panic_is_caught";
    let Some(output) = output(name, &[("ALLOC_BUDGET", "strict")], what_a_macro_hides_is_not_green) else {
        return;
    };
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(101), "{said}");
    let line = "::hiding` could not be checked: the block waited where that could not be seen\n";
    assert!(said.ends_with(line), "{said}");
    assert!(!said.contains("never judged"), "{said}");
}

#[test]
fn a_block_that_is_dropped_while_it_waits_gets_no_verdict() {
    for polls in 1..4 {
        let ((), m) = alloc_budget::measure(|| {
            let mut future = pin!(nested(0, 0, 0));
            for _ in 0..polls {
                assert!(poll(future.as_mut()).is_pending());
            }
        });
        assert_eq!(m.retained_bytes, 0);
    }
    block_on(nested(4, 3, 1));
}

#[test]
fn a_panic_in_a_block_closes_its_scope() {
    async fn panics(at: usize) {
        budget!(max = 0, {
            for n in 0..4 {
                assert!(n != at, "number {n}");
                pause().await;
            }
        });
    }
    let ((), m) = alloc_budget::measure(|| {
        for at in 0..4 {
            assert!(block_on(AssertUnwindSafe(panics(at)).catch_unwind()).is_err());
        }
        block_on(panics(4));
        drop(block(77));
    });
    assert!(m.bytes_allocated >= 77);
    let ((), m) = alloc_budget::measure(|| drop(block(77)));
    assert_eq!((m.allocations, m.bytes_allocated), (1, 77));
}

#[test]
fn the_future_is_send_where_the_plain_one_is() {
    block_on(assert_send(nested(4, 3, 1)));
    // And need not be.
    block_on(async {
        let local = std::rc::Rc::new(1);
        budget!(max = 0, {
            pause().await;
            drop(local);
        });
    });
}

#[test]
fn may_hold_another_await() {
    macro_rules! word {
        (: await) => {
            1
        };
    }
    let waits = async {
        budget!(max = 0, {
            pause().await;
            word!(: await)
        })
    };
    assert_eq!(block_on(waits), 1);
}

/// A macro may hand what it is given to other threads. What these do is theirs, and whether it can
/// be measured is a matter of who comes first.
#[test]
fn may_be_polled_on_other_threads_at_once() {
    async fn pauses() {
        for _ in 0..2_000 {
            pause().await;
        }
    }
    macro_rules! at_once {
        ($($future:expr),*) => {
            std::thread::scope(|threads| {
                $(threads.spawn(|| block_on(async { $future }));)*
            })
        };
    }
    for _ in 0..5 {
        let judged = catch(|| {
            block_on(async {
                budget!(max = 0, max_retained_bytes = 0, { at_once!(pauses().await, pauses().await) });
            });
        });
        let message = judged.map_or_else(|panic| panic.message, |()| String::new());
        assert!(
            message.is_empty() || message.contains("cannot be checked") || message.contains("of 0"),
            "{message}"
        );
    }
}

/// Where a macro hides the await, the scope stays open meanwhile, and others may end it. Then there
/// is no verdict, which must not look like a good one.
#[test]
fn is_not_judged_where_its_scope_is_lost_while_a_macro_awaits() {
    async fn hidden() {
        budget!(max = 100, {
            awaits!(pause());
            drop(block(1));
        });
    }
    block_on(hidden());
    let in_a_scope_each = || {
        let mut future = pin!(hidden());
        while alloc_budget::measure(|| poll(future.as_mut())).0.is_pending() {}
    };
    let on_another_thread = || {
        let mut future = Box::pin(hidden());
        assert!(poll(future.as_mut()).is_pending());
        let done = std::thread::scope(|threads| threads.spawn(|| poll(future.as_mut()).is_ready()).join());
        assert!(done.unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
    };
    let in_turns = || {
        let (mut first, mut second) = (pin!(hidden()), pin!(hidden()));
        assert!(poll(first.as_mut()).is_pending() && poll(second.as_mut()).is_pending());
        assert!(poll(first).is_ready());
        block_on(second);
    };
    let ways: [&dyn Fn(); 3] = [&in_a_scope_each, &on_another_thread, &in_turns];
    for way in ways {
        let (_, message) = panic_of(way);
        assert!(message.contains("cannot be checked: the block waited"), "{message}");
    }
}
