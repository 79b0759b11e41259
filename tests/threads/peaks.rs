//! Peaks and retained bytes of a scope that several threads work for. The blocks are held where the
//! test says, so that the truth is known.

use std::future::{pending, poll_fn};
use std::panic::{self, AssertUnwindSafe};
use std::pin::pin;
use std::sync::Barrier;
use std::task::Poll;

use alloc_budget::{Budget, alloc_budget, measure_future};
use support::{pause, poll};

use super::*;

/// Runs each on a thread of its own, at the same time.
fn at_once<const N: usize>(work: [&(dyn Fn() + Sync); N]) {
    exempt(|| {
        thread::scope(|threads| {
            for f in work {
                threads.spawn(f);
            }
        });
    });
}

fn wait(barrier: &Barrier) {
    exempt(|| barrier.wait());
}

/// Has a block of each size while all of the others have theirs.
fn hold_at_once<const N: usize>(scope: &Handle, sizes: [usize; N]) {
    let barrier = Barrier::new(N);
    let hold = |size: usize| {
        scope.run(|| {
            wait(&barrier);
            let block = block(size);
            wait(&barrier);
            drop(block);
        });
    };
    exempt(|| {
        thread::scope(|threads| {
            for size in sizes {
                threads.spawn(move || hold(size));
            }
        });
    });
}

fn peak(f: impl FnOnce(&Handle)) -> u64 {
    let ((), m) = measure(|| f(&Handle::current()));
    assert_eq!((m.retained_bytes, m.retained_blocks()), (0, 0));
    m.peak_bytes
}

/// The table: what the threads do, and the highest number of bytes that they have together.
#[test]
fn of_threads_that_overlap_are_exact_where_they_have_them_at_once() {
    for _ in 0..20 {
        assert_eq!(peak(|scope| hold_at_once(scope, [100])), 100);
        assert_eq!(peak(|scope| hold_at_once(scope, [100, 50])), 150);
        assert_eq!(peak(|scope| hold_at_once(scope, [1, 20, 300, 4_000])), 4_321);
    }
}

#[test]
fn of_threads_one_after_another_do_not_add_up() {
    let one_after_another = peak(|scope| {
        for size in [60, 100, 80] {
            on_another_thread(|| scope.run(|| drop(block(size))));
        }
    });
    assert_eq!(one_after_another, 100);
    let groups = peak(|scope| {
        hold_at_once(scope, [30, 40]);
        hold_at_once(scope, [100]);
        hold_at_once(scope, [50, 60]);
    });
    assert_eq!(groups, 110);
}

#[test]
fn of_pieces_on_one_thread_do_not_add_up_beside_another_thread() {
    let barrier = Barrier::new(2);
    let m = peak(|scope| {
        at_once([
            &|| {
                scope.run(|| {
                    wait(&barrier);
                    let block = block(1_000);
                    wait(&barrier);
                    drop(block);
                });
            },
            &|| {
                wait(&barrier);
                scope.run(|| drop(block(60)));
                scope.run(|| drop(block(70)));
                wait(&barrier);
            },
        ]);
    });
    assert_eq!(m, 1_070);
}

#[test]
fn of_the_own_thread_and_its_helpers_add_up() {
    let at_once = peak(|scope| {
        let own = block(50);
        hold_at_once(scope, [100, 200]);
        drop(own);
    });
    assert_eq!(at_once, 350);
    // Documented: in truth never more than 300.
    let not_at_once = peak(|scope| {
        drop(block(50));
        hold_at_once(scope, [100, 200]);
    });
    assert_eq!(not_at_once, 350);
}

/// Documented: never less than the truth, which is 100 here.
#[test]
fn of_threads_that_overlap_are_added_where_they_have_them_in_turns() {
    let barrier = Barrier::new(2);
    let m = peak(|scope| {
        at_once([
            &|| {
                scope.run(|| {
                    wait(&barrier);
                    drop(block(100));
                    wait(&barrier);
                });
            },
            &|| {
                scope.run(|| {
                    wait(&barrier);
                    wait(&barrier);
                    drop(block(70));
                });
            },
        ]);
    });
    assert_eq!(m, 170);
}

#[test]
fn have_what_stays_of_earlier_work_beneath_them() {
    let m = peak(|scope| {
        let kept = on_another_thread(|| scope.run(|| block(100)));
        on_another_thread(|| scope.run(|| drop(block(30))));
        let more = on_another_thread(|| scope.run(|| block(5)));
        hold_at_once(scope, [20, 30]);
        on_another_thread(|| scope.run(|| drop(kept)));
        on_another_thread(|| scope.run(|| drop(block(140))));
        drop(more);
    });
    assert_eq!(m, 155);
}

/// Work for the scope in another scope of a thread that works for it, or of its own: these have
/// their blocks at once.
#[test]
fn of_work_in_work_add_up() {
    let own = peak(|scope| {
        let ((), inner) = measure(|| {
            let own = block(100);
            scope.run(|| drop(block(50)));
            drop(own);
        });
        assert_eq!(inner.peak_bytes, 100);
    });
    assert_eq!(own, 150);
    let other = peak(|scope| {
        on_another_thread(|| {
            scope.run(|| {
                let held = block(100);
                measure(|| scope.run(|| drop(block(50))));
                measure(|| scope.run(|| drop(block(60))));
                drop(held);
            });
        });
    });
    assert_eq!(other, 160);
}

/// On the scope's own thread it is no other thread's, and in the work for it no other work.
#[test]
fn of_work_that_is_done_in_its_scope_do_not_add_up() {
    let own = peak(|scope| {
        drop(block(100));
        scope.run(|| drop(block(50)));
    });
    assert_eq!(own, 100);
    let other = peak(|scope| {
        on_another_thread(|| {
            scope.run(|| {
                drop(block(100));
                scope.run(|| drop(block(50)));
            });
        });
    });
    assert_eq!(other, 100);
}

#[test]
fn reach_the_scopes_around() {
    let ((), outer) = measure(|| {
        drop(block(120));
        let _held = block(10);
        let ((), m) = measure(|| {
            let _own = block(20);
            hold_at_once(&Handle::current(), [30, 40]);
        });
        assert_eq!(m.peak_bytes, 90);
        drop(block(50));
    });
    // 120 before, 10 + 20 + 30 + 40 at once, 10 + 50 after.
    assert_eq!(outer.peak_bytes, 120);
    let ((), outer) = measure(|| {
        drop(block(80));
        let _held = block(10);
        measure(|| {
            let _own = block(20);
            hold_at_once(&Handle::current(), [30, 40]);
        });
    });
    assert_eq!(outer.peak_bytes, 100);
}

/// A function's budget that is not about bytes keeps no peak.
#[test]
fn of_a_scope_without_a_peak_reach_the_scopes_around() {
    #[alloc_budget(max = 2)]
    fn of_one_poll(own: usize, helpers: usize) {
        let own = block(own);
        hold_at_once(&Handle::current(), [helpers]);
        drop(own);
    }
    #[alloc_budget(max = 2)]
    async fn of_two_polls(own: usize, helpers: usize) {
        let own = block(own);
        pause().await;
        hold_at_once(&Handle::current(), [helpers]);
        drop(own);
    }
    #[alloc_budget(max = 100)]
    fn through(f: &dyn Fn()) {
        drop(block(1));
        f();
    }
    // Whatever the scopes before had at their peak.
    measure(|| {
        drop(block(10_000));
        measure(|| measure(|| ()));
    });
    let ((), m) = measure(|| {
        let _held = block(10);
        of_one_poll(100, 50);
    });
    assert_eq!(m.peak_bytes, 160);
    let ((), m) = measure(|| {
        let _held = block(10);
        let mut future = pin!(of_two_polls(100, 50));
        assert!(poll(future.as_mut()).is_pending());
        assert!(poll(future).is_ready());
    });
    assert_eq!(m.peak_bytes, 160);
    // Through another one that has none, and beneath one that has.
    let ((), m) = measure(|| {
        through(&|| {
            let ((), m) = measure(|| through(&|| of_one_poll(100, 50)));
            assert_eq!(m.peak_bytes, 150);
        });
    });
    assert_eq!(m.peak_bytes, 150);
}

/// Between the polls of a future that has helpers, the scope around it goes on.
#[test]
fn of_a_scope_around_a_future_are_never_less_than_the_truth() {
    let barrier = Barrier::new(2);
    let (scopes, to_do) = std::sync::mpsc::channel::<Handle>();
    let barrier = &barrier;
    thread::scope(|threads| {
        threads.spawn(move || {
            to_do.recv().unwrap().run(|| {
                let block = block(100);
                wait(barrier);
                wait(barrier);
                drop(block);
            });
            wait(barrier);
        });
        let (m, outer) = measure(|| {
            let mut is_done = false;
            let future = measure_future(poll_fn(|_| {
                if is_done {
                    return Poll::Ready(());
                }
                is_done = true;
                let scope = Handle::current();
                exempt(|| scopes.send(scope).unwrap());
                Poll::Pending
            }));
            let mut future = pin!(future);
            assert!(poll(future.as_mut()).is_pending());
            wait(barrier);
            // Here there are 600 bytes.
            drop(block(500));
            wait(barrier);
            wait(barrier);
            let Poll::Ready(((), m)) = poll(future) else { panic!("not ready") };
            m
        });
        assert_eq!((m.peak_bytes, m.allocations), (100, 1));
        assert_eq!((outer.peak_bytes, outer.allocations), (600, 2));
    });
}

/// A scope that is past its limits has no mark of what is live beyond them.
#[test]
fn of_a_future_in_a_scope_past_its_limits_are_never_less_than_the_truth() {
    let mut seen = None;
    let overage = Budget::new().max_peak_bytes(1_000).check(|| {
        let _past = block(2_000);
        seen = Some(measure(|| {
            let mut future = pin!(measure_future(async {
                let scope = Handle::current();
                on_another_thread(|| scope.run(|| work(50)));
            }));
            poll(future.as_mut())
        }));
    });
    assert_eq!(overage.unwrap_err().measurement().peak_bytes, 2_060);
    let Some((Poll::Ready(((), of_future)), around)) = seen else { panic!("not ready") };
    assert_work(&of_future, 1, 50);
    assert_work(&around, 1, 50);
}

#[test]
fn of_a_future_that_panics_are_not_what_it_had_freed() {
    let before = block(1_000);
    let mut future = pin!(measure_future(async move {
        drop(before);
        pause().await;
        drop(Handle::current());
        work(200);
        panic::resume_unwind(Box::new(()));
    }));
    assert!(poll(future.as_mut()).is_pending());
    let (caught, m) = measure(|| panic::catch_unwind(AssertUnwindSafe(|| poll(future.as_mut()))));
    assert!(caught.is_err());
    assert_eq!(m.peak_bytes, 210);
}

#[test]
fn of_a_future_that_is_dropped_reach_the_scope_around_it() {
    let ((), outer) = measure(|| {
        let mut future = pin!(measure_future(async {
            let scope = Handle::current();
            on_another_thread(|| scope.run(|| work(50)));
            pending::<()>().await;
        }));
        assert!(poll(future.as_mut()).is_pending());
    });
    assert_work(&outer, 1, 50);
}

#[test]
fn are_limited() {
    let run = |limit| {
        Budget::new().max_peak_bytes(limit).check(|| {
            let own = block(50);
            hold_at_once(&Handle::current(), [100, 200]);
            drop(own);
        })
    };
    assert!(run(350).is_ok());
    assert_eq!(run(349).unwrap_err().measurement().peak_bytes, 350);
}

#[test]
fn retained_bytes_are_those_of_all_threads() {
    for _ in 0..50 {
        let (blocks, m) = measure(|| {
            let scope = Handle::current();
            let own = [block(1), block(20)];
            let theirs = [300, 4_000].map(|size| on_another_thread(|| scope.run(|| block(size))));
            let [first, second] = own;
            on_another_thread(|| scope.run(|| drop(first)));
            let [third, fourth] = theirs;
            drop(third);
            (second, fourth)
        });
        assert_eq!((m.retained_bytes, m.retained_blocks(), m.allocations), (4_020, 2, 4));
        drop(blocks);
        assert_exact();
    }
}

/// Blocks that were there before.
#[test]
fn retained_bytes_may_be_below_zero() {
    let before = [block(100), block(50)];
    let ((), m) = measure(|| {
        let scope = Handle::current();
        on_another_thread(|| scope.run(|| drop(before)));
        on_another_thread(|| scope.run(|| drop(block(30))));
    });
    assert_eq!((m.retained_bytes, m.deallocations, m.peak_bytes), (-150, 3, 0));
}

/// What the inner scope keeps was not there when the outer one began.
#[test]
fn of_an_inner_scope_that_keeps_a_block_is_that_of_the_outer_one() {
    let ((kept, inner), outer) = measure(|| {
        measure(|| {
            hold_at_once(&Handle::current(), [50]);
            block(100)
        })
    });
    assert_eq!((inner.peak_bytes, outer.peak_bytes), (150, 150));
    assert_eq!((outer.retained_bytes, kept.capacity()), (100, 100));
}

#[test]
fn a_handle_says_no_more_than_what_it_is() {
    assert_eq!(format!("{:?}", Handle::current()), "Handle { .. }");
}
