//! What is counted, and where the line is.

use std::hint::black_box;
use std::sync::Mutex;
use std::thread;

use alloc_budget::{Budget, Handle, Limit, alloc_budget, exempt, records};
use support::{block, limited, panic_of, slashed};

use super::workers::{Workers, elsewhere};
use super::{in_use, measure_all, numbers, work};

/// What `f` does on so many threads, beside what the threads themselves take.
fn on_threads(count: usize, f: impl Fn(usize) + Sync) -> [i64; 5] {
    let run = |f: &(dyn Fn(usize) + Sync)| {
        let ((), m) = measure_all(|| {
            for at in 0..count {
                thread::scope(|threads| threads.spawn(|| f(at)).join().unwrap());
            }
        });
        numbers(&m)
    };
    // What a first thread allocates once.
    run(&|_| ());
    let (empty, full) = (run(&|_| ()), run(&f));
    std::array::from_fn(|at| full[at] - empty[at])
}

pub(crate) fn what_threads_do_is_summed() {
    let done = on_threads(3, |at| work(10 * (at + 1)));
    assert_eq!(done, [6, 10 + 20 + 20 + 40 + 30 + 60, 0, 3, 6]);
}

pub(crate) fn a_thousand_threads_are_born_and_gone() {
    let done = on_threads(1_000, |at| work(at + 1));
    assert_eq!(done, [2_000, 3 * (1_000 * 1_001 / 2), 0, 1_000, 2_000]);
}

pub(crate) fn threads_that_are_gone_leave_no_memory_behind() {
    let churn = |count: usize| {
        for _ in 0..count {
            thread::spawn(|| alloc_budget::measure(|| work(1))).join().unwrap();
        }
    };
    measure_all(|| {
        churn(100);
        let before = in_use();
        churn(1_000);
        let after = in_use();
        // A slot takes 128 bytes, and room for scopes more.
        assert!(after < before + 64 * 128, "{before} → {after}");
    });
}

pub(crate) fn threads_that_were_there_before_are_seen() {
    let workers = Workers::new(1);
    let ((), m) = measure_all(|| {
        workers.run(&[|| work(10)]);
        workers.run(&[|| work(20)]);
    });
    assert_eq!(numbers(&m), [4, 90, 0, 2, 4]);
}

pub(crate) fn every_limit_is_exact() {
    let workers = Workers::new(2);
    let jobs: [fn(); 2] = [
        || work(10),
        || {
            std::mem::forget(block(7));
            drop(block(3));
        },
    ];
    let limits = [
        (Limit::Allocations, 4),
        (Limit::Bytes, 10 + 20 + 7 + 3),
        (Limit::RetainedBytes, 7),
        (Limit::Reallocations, 1),
        (Limit::Deallocations, 3),
    ];
    let budget = Budget::new().all_threads();
    for (limit, value) in limits {
        limited(budget, limit, value).check(|| workers.run(&jobs)).unwrap();
        let overage = limited(budget, limit, value - 1).check(|| workers.run(&jobs)).unwrap_err();
        let exceeded: Vec<_> = overage.exceeded().map(|e| (e.limit, e.actual, e.allowed)).collect();
        assert_eq!(exceeded, [(limit, value, value - 1)]);
        assert_eq!(numbers(overage.measurement()), [4, 40, 7, 1, 3]);
        assert_eq!(overage.measurement().peak_bytes, 0);
    }
}

pub(crate) fn a_block_may_be_freed_by_another_thread() {
    let workers = Workers::new(1);
    let (block, m) = measure_all(|| exempt(|| elsewhere(&workers, || block(100))));
    assert_eq!(numbers(&m), [1, 100, 100, 0, 0]);
    let ((), m) = measure_all(|| drop(block));
    assert_eq!(numbers(&m), [0, 0, -100, 0, 1]);
    let ((), m) = measure_all(|| drop(exempt(|| elsewhere(&workers, || self::block(50)))));
    assert_eq!(numbers(&m), [1, 50, 0, 0, 1]);
}

/// Once where it is done, and not again where it is added.
pub(crate) fn work_that_is_handed_over_counts_once() {
    static SCOPE: Mutex<Option<Handle>> = Mutex::new(None);
    let workers = Workers::new(1);
    let (inner, m) = measure_all(|| {
        let ((), inner) = alloc_budget::measure(|| {
            let scope = Handle::current();
            exempt(|| *SCOPE.lock().unwrap() = Some(scope));
            workers.run(&[|| {
                let scope = exempt(|| SCOPE.lock().unwrap().take());
                scope.unwrap().run(|| work(4));
            }]);
            work(8);
        });
        inner
    });
    assert_eq!(numbers(&inner), [4, 12 + 24, 0, 2, 4]);
    assert_eq!(numbers(&m), numbers(&inner));
}

#[alloc_budget(max = allowed, threads = all)]
fn budgeted(allowed: u64, workers: &Workers) -> u64 {
    workers.run(&[|| work(1)]);
    work(2);
    allowed
}

pub(crate) fn a_function_is_measured_on_all_threads() {
    let workers = Workers::new(1);
    assert_eq!(budgeted(4, &workers), 4);
    let (place, message) = panic_of(|| budgeted(3, &workers));
    assert!(place.starts_with(&slashed(file!())), "{place}");
    assert!(
        message.starts_with("allocation budget exceeded: `counting::budgeted`\n\n  allocations   4 of 3 "),
        "{message}"
    );
}

#[alloc_budget(measure, threads = all, name = "measured on all threads")]
fn measured(workers: &Workers) {
    workers.run(&[|| work(5)]);
}

pub(crate) fn a_function_may_only_be_measured() {
    let workers = Workers::new(1);
    measured(&workers);
    measured(&workers);
    let records = records();
    let record = records.iter().find(|record| record.name == "measured on all threads").unwrap();
    assert_eq!((record.calls, numbers(&record.highest)), (2, [2, 15, 0, 1, 2]));
}

#[alloc_budget(max = 0, threads = all, warmup = 1)]
fn warm(workers: &Workers) {
    workers.run(&[|| work(5)]);
}

pub(crate) fn a_warm_up_is_not_judged() {
    let workers = Workers::new(1);
    warm(&workers);
    let (_, message) = panic_of(|| warm(&workers));
    assert!(message.contains("allocations   2 of 0"), "{message}");
}

/// How often a thread has called what has a warm-up is not its memory.
pub(crate) fn a_warm_up_leaves_no_trace_at_the_end_of_its_thread() {
    #[alloc_budget(max = 0, warmup = 1)]
    fn warmed_up() {
        black_box(());
    }
    let churn = || thread::spawn(warmed_up).join().unwrap();
    churn();
    let ((), m) = measure_all(churn);
    assert_eq!((m.retained_bytes, m.retained_blocks()), (0, 0));
}
