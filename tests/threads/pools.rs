//! rayon: `join`, `scope`, parallel iterators, and jobs that a waiting thread steals. The pool's
//! own bookkeeping is exempt; what is handed over is not.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, mpsc};

use alloc_budget::{Budget, alloc_budget};
use rayon::ThreadPool;
use rayon::prelude::*;

use super::*;

fn pool(threads: usize) -> ThreadPool {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap()
}

/// Runs the test in a pool, and from outside of one.
fn in_and_outside(threads: usize, test: impl Fn() + Send + Sync) {
    let pool = pool(threads);
    pool.install(&test);
    test();
}

#[test]
fn join_counts() {
    in_and_outside(4, || {
        for _ in 0..100 {
            let ((), m) = measure(|| {
                let scope = Handle::current();
                let half = || scope.run(|| work(50));
                exempt(|| rayon::join(half, half));
            });
            assert_overlapping_work(&m, 2, 50);
        }
    });
}

#[test]
fn joins_in_each_other_count() {
    fn level(depth: u32) {
        work(50);
        if depth > 0 {
            let scope = Handle::current();
            let half = || scope.run(|| level(depth - 1));
            exempt(|| rayon::join(half, half));
        }
    }
    in_and_outside(4, || {
        for _ in 0..100 {
            let ((), m) = measure(|| level(5));
            assert_overlapping_work(&m, 63, 50);
        }
    });
}

/// Each half in a scope of its own, which hands on its own halves.
#[test]
fn scopes_in_joins_in_each_other_count() {
    #[alloc_budget(max = 3 * ((1 << (depth + 1)) - 1_u64), max_retained_bytes = 0)]
    fn level(depth: u32) -> Measurement {
        let ((), m) = measure(|| {
            work(50);
            if depth > 0 {
                let scope = Handle::current();
                let half = || scope.run(|| level(depth - 1));
                exempt(|| rayon::join(half, half));
            }
        });
        assert_overlapping_work(&m, (1 << (depth + 1)) - 1, 50);
        m
    }
    in_and_outside(4, || {
        for _ in 0..100 {
            let (inner, m) = measure(|| level(5));
            assert_overlapping_work(&m, 63, 50);
            assert_eq!(m, inner);
        }
    });
}

#[test]
fn parallel_iterators_count() {
    in_and_outside(4, || {
        for _ in 0..100 {
            let (sum, m) = measure(|| {
                let scope = Handle::current();
                let item = |n: u64| {
                    scope.run(|| {
                        work(50);
                        n
                    })
                };
                exempt(|| (0..100_u64).into_par_iter().map(item).sum::<u64>())
            });
            assert_eq!(sum, 4_950);
            assert_overlapping_work(&m, 100, 50);
        }
    });
}

#[test]
fn blocks_of_parallel_iterators_may_stay() {
    in_and_outside(4, || {
        for _ in 0..100 {
            let (blocks, m) = measure(|| {
                let scope = Handle::current();
                let item = |size: usize| scope.run(|| block(size));
                exempt(|| (1..=100_usize).into_par_iter().map(item).collect::<Vec<_>>())
            });
            assert_eq!((m.allocations, m.bytes_allocated), (100, 5_050));
            assert_eq!((m.retained_blocks(), m.retained_bytes), (100, 5_050));
            assert_eq!(m.peak_bytes, 5_050);
            drop(blocks);
        }
    });
}

#[test]
fn scopes_of_the_pool_count() {
    in_and_outside(4, || {
        for _ in 0..100 {
            let ((), m) = measure(|| {
                let scope = Handle::current();
                exempt(|| {
                    rayon::scope(|jobs| {
                        for _ in 0..10 {
                            jobs.spawn(|jobs| {
                                scope.run(|| work(50));
                                jobs.spawn(|_| scope.run(|| work(50)));
                            });
                        }
                    });
                });
            });
            assert_overlapping_work(&m, 20, 50);
        }
    });
}

#[test]
fn install_counts() {
    let pool = pool(2);
    for _ in 0..100 {
        let ((), m) = measure(|| {
            let scope = Handle::current();
            exempt(|| pool.install(|| scope.run(|| work(50))));
        });
        assert_work(&m, 1, 50);
    }
}

/// Many scopes share a pool, and nobody sees what is another one's.
#[test]
fn scopes_that_share_a_pool_do_not_see_each_other() {
    let pool = pool(4);
    thread::scope(|threads| {
        for size in [50, 60, 70, 80] {
            let pool = &pool;
            threads.spawn(move || {
                for _ in 0..50 {
                    let ((), m) = measure(|| {
                        let scope = Handle::current();
                        // Also the jobs have scopes, in which they wait.
                        let item = |_| {
                            scope.run(|| {
                                let ((), m) = measure(|| {
                                    let scope = Handle::current();
                                    let half = || scope.run(|| work(size));
                                    exempt(|| rayon::join(half, half));
                                });
                                assert_overlapping_work(&m, 2, size as u64);
                            });
                        };
                        exempt(|| pool.install(|| (0..20).into_par_iter().for_each(item)));
                    });
                    assert_overlapping_work(&m, 40, size as u64);
                }
            });
        }
    });
}

/// A thread of the pool waits in a scope, and meanwhile runs `job`, which has nothing to do with
/// it. Returns what the scope has measured.
fn stolen(job: impl FnOnce() + Send + 'static) -> Measurement {
    let pool = pool(1);
    pool.install(|| {
        let is_done = Arc::new(AtomicBool::new(false));
        rayon::spawn({
            let is_done = is_done.clone();
            move || {
                job();
                is_done.store(true, Ordering::SeqCst);
            }
        });
        measure(|| {
            work(50);
            exempt(rayon::yield_now);
            assert!(is_done.load(Ordering::SeqCst), "it was run");
        })
        .1
    })
}

/// As `stolen`, but the waiting thread's scope is not exempt while it waits.
fn stolen_in_the_open(job: impl FnOnce() + Send + 'static) -> Measurement {
    let pool = pool(1);
    pool.install(|| {
        let (send, receive) = mpsc::channel();
        rayon::spawn(move || {
            job();
            // What the pool has allocated for the job is freed after it.
            exempt(|| send.send(()).unwrap());
        });
        let ((), m) = measure(|| {
            work(50);
            rayon::yield_now();
        });
        receive.try_recv().expect("it was run");
        m
    })
}

#[test]
fn a_stolen_job_of_a_handle_counts_for_the_handles_scope() {
    for _ in 0..100 {
        let (waiting, m) = measure(|| {
            let scope = Handle::current();
            exempt(|| stolen(move || scope.run(|| work(70))))
        });
        assert_work(&m, 1, 70);
        assert_work(&waiting, 1, 50);
    }
}

#[test]
fn a_stolen_job_of_a_handle_does_not_count_for_the_one_that_waits() {
    let job = block(10);
    let free_job = stolen_in_the_open(move || exempt(|| drop(job)));
    let (waiting, m) = measure(|| {
        let scope = Handle::current();
        exempt(|| stolen_in_the_open(move || scope.run(|| work(70))))
    });
    assert_work(&m, 1, 70);
    // Nothing but the pool's own box of the job is freed in it.
    assert_eq!(waiting.allocations, 3);
    assert_eq!(waiting.deallocations, free_job.deallocations);
    // Nor does that of no scope.
    let of_none = Handle::current();
    assert_eq!(stolen_in_the_open(move || of_none.run(|| work(70))).allocations, 3);
}

/// Documented: it counts for the scope that waits.
#[test]
fn a_stolen_job_without_a_handle_counts_for_the_one_that_waits() {
    let m = stolen_in_the_open(|| work(70));
    assert_eq!((m.allocations, m.reallocations, m.bytes_allocated), (6, 2, 90 + 110));
}

/// Of two threads the one waits in a `join` for the other, and runs what is next in its queue.
#[test]
fn a_join_that_waits_runs_other_jobs_which_do_not_count_for_it() {
    let pool = pool(2);
    for _ in 0..100 {
        let is_stolen = Barrier::new(2);
        let is_run = Arc::new(Barrier::new(2));
        let threads = AtomicUsize::new(0);
        let ((), m) = measure(|| {
            let scope = Handle::current();
            let stolen = || {
                exempt(|| {
                    is_stolen.wait();
                    // For the other thread, which waits for this one, to run the job in its queue.
                    is_run.wait();
                });
                work(50);
                threads.fetch_add(rayon::current_thread_index().unwrap(), Ordering::SeqCst);
            };
            let waits = || {
                exempt(|| {
                    is_stolen.wait();
                    let is_run = is_run.clone();
                    let job = move || {
                        measure(|| work(80));
                        work(90);
                        is_run.wait();
                    };
                    let of_none = Handle::current();
                    rayon::spawn(move || of_none.run(job));
                });
                work(50);
                threads.fetch_add(rayon::current_thread_index().unwrap(), Ordering::SeqCst);
            };
            exempt(|| pool.install(|| rayon::join(|| scope.run(waits), || scope.run(stolen))));
        });
        assert_eq!(threads.into_inner(), 1, "they ran on both threads, 0 and 1");
        assert_overlapping_work(&m, 2, 50);
    }
}

/// A job of the scope itself, which the thread runs while it waits in an inner scope.
#[test]
fn a_stolen_job_of_the_same_scope_counts_once() {
    let pool = pool(1);
    for _ in 0..100 {
        let (inner, m) = pool.install(|| {
            measure(|| {
                let scope = Handle::current();
                exempt(|| rayon::spawn(move || scope.run(|| work(50))));
                let ((), inner) = measure(|| {
                    exempt(rayon::yield_now);
                    work(50);
                });
                inner
            })
        });
        assert_work(&inner, 1, 50);
        assert_overlapping_work(&m, 2, 50);
    }
}

/// The thread that waits works for the outer scope; the job that it steals is of a scope in there,
/// on another thread, whose results the outer one will have.
#[test]
fn a_stolen_job_of_an_inner_scope_counts_once_for_the_outer_one() {
    let pool = pool(1);
    for _ in 0..100 {
        let (inner, outer) = measure(|| {
            let outer = Handle::current();
            let is_begun = Barrier::new(2);
            exempt(|| {
                thread::scope(|threads| {
                    threads.spawn(|| {
                        pool.install(|| {
                            outer.run(|| {
                                work(50);
                                exempt(|| is_begun.wait());
                                exempt(rayon::yield_now);
                            });
                        });
                    });
                    outer.run(|| {
                        let ((), inner) = measure(|| {
                            let scope = Handle::current();
                            exempt(|| {
                                let (send, receive) = mpsc::sync_channel(1);
                                pool.spawn(move || {
                                    scope.run(|| work(50));
                                    send.send(()).unwrap();
                                });
                                is_begun.wait();
                                receive.recv().unwrap();
                            });
                        });
                        inner
                    })
                })
            })
        });
        assert_work(&inner, 1, 50);
        assert_overlapping_work(&outer, 2, 50);
    }
}

#[test]
fn budgets_of_jobs_are_their_own() {
    #[alloc_budget(max = 3, max_bytes = size + 40, max_peak_bytes = size + 10, max_reallocs = 1)]
    fn job(size: usize) {
        work(size);
    }
    in_and_outside(4, || {
        let result = Budget::new().max(3 * 1_000).check(|| {
            let scope = Handle::current();
            exempt(|| (0..1_000_usize).into_par_iter().for_each(|n| scope.run(|| job(30 + n))));
        });
        assert!(result.is_ok());
    });
}
