//! Budgets of the whole process. Such a budget sees every thread, so this is a harness that runs its tests one after the
//! other, on the main thread, and has no other.

use std::hint::black_box;
use std::panic::{self, AssertUnwindSafe};
use std::pin::Pin;
use std::sync::{Arc, Mutex, mpsc};
use std::thread;

use alloc_budget::{
    Budget, Handle, Limit, Measurement, OnOverage, Overage, WithBudget as _, alloc_budget, budget, exempt,
    records,
};
use libtest_mimic::{Arguments, Trial};
use support::{alone, panic_of};

type Block = Vec<u8>;

fn main() {
    let trial = |(name, test): &(&str, fn())| {
        let test = *test;
        Trial::test(*name, move || {
            test();
            Ok(())
        })
    };
    let arguments = Arguments { test_threads: Some(1), ..Arguments::from_args() };
    libtest_mimic::run(&arguments, TESTS.iter().map(trial).collect()).exit();
}

macro_rules! tests {
    ($($test:ident)*) => { &[$((stringify!($test), $test),)*] };
}

const TESTS: &[(&str, fn())] = tests! {
    what_threads_do_is_summed
    a_thousand_threads_are_born_and_gone
    threads_that_are_gone_leave_no_memory_behind
    threads_that_were_there_before_are_seen
    every_limit_is_exact
    a_block_may_be_freed_by_another_thread
    scopes_may_be_nested
    scopes_may_overlap
    scopes_of_one_thread_are_undisturbed
    work_that_is_handed_over_counts_once
    exempt_stretches_of_any_thread_do_not_count
    a_scope_inside_an_exempt_stretch_counts
    a_future_inside_an_exempt_stretch_counts
    a_panic_closes_the_scope
    a_scope_leaves_no_memory_behind_however_it_ends
    an_overage_that_is_caught_does_not_count
    an_overage_in_an_exempt_stretch_does_not_count
    a_function_is_measured_on_all_threads
    the_report_has_the_line_of_another_thread
    the_report_has_what_threads_take_past_it_at_once
    the_report_has_no_line_of_threads_within_the_limit
    the_report_begins_with_the_scope
    the_report_of_each_limit_has_what_one_thread_took_past_it
    the_report_has_all_call_sites_where_that_is_asked_for
    the_report_has_no_call_sites_where_they_are_not_wanted
    blocks_that_are_kept_are_reported_and_those_freed_elsewhere_are_not
    a_function_may_only_be_measured
    a_warm_up_is_not_judged
    a_warm_up_leaves_no_trace_at_the_end_of_its_thread
    an_async_function_is_measured_from_its_first_poll_on
    an_await_in_a_macro_is_measured_too
    a_block_that_waits_unseen_may_go_on_elsewhere
    a_warm_up_of_an_async_function_is_not_judged
    a_future_that_is_dropped_gets_no_verdict
    a_future_with_a_budget_sees_other_threads
    a_peak_is_refused
};

/// Allocates so many bytes, whatever the optimiser thinks of it.
fn block(size: usize) -> Block {
    black_box(Block::with_capacity(size))
}

fn measure_all<T>(f: impl FnOnce() -> T) -> (T, Measurement) {
    // Every budget has a verdict; one that can't be kept has the numbers.
    let mut value = None;
    let overage = Budget::new().max(0).all_threads().check(|| {
        value = Some(f());
        std::mem::forget(block(1));
    });
    let m = *overage.unwrap_err().measurement();
    (value.unwrap(), less(&m, &[1, 1, 1, 0, 0]))
}

/// What is left of allocations, bytes, retained bytes, reallocations and deallocations.
fn less(
    m: &Measurement,
    [allocations, bytes, retained, reallocations, deallocations]: &[u64; 5],
) -> Measurement {
    let mut m = *m;
    m.allocations -= allocations;
    m.bytes_allocated -= bytes;
    m.retained_bytes -= retained.cast_signed();
    m.reallocations -= reallocations;
    m.deallocations -= deallocations;
    m
}

fn numbers(m: &Measurement) -> [i64; 5] {
    let numbers = [m.allocations, m.bytes_allocated, m.reallocations, m.deallocations];
    let [allocations, bytes, reallocations, deallocations] = numbers.map(u64::cast_signed);
    [allocations, bytes, m.retained_bytes, reallocations, deallocations]
}

/// Two allocations, one of them a reallocation.
fn work(size: usize) {
    let mut grown = block(size);
    grown.reserve_exact(2 * size);
    drop(black_box(grown));
}

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

fn what_threads_do_is_summed() {
    let done = on_threads(3, |at| work(10 * (at + 1)));
    assert_eq!(done, [6, 10 + 20 + 20 + 40 + 30 + 60, 0, 3, 6]);
}

fn a_thousand_threads_are_born_and_gone() {
    let done = on_threads(1_000, |at| work(at + 1));
    assert_eq!(done, [2_000, 3 * (1_000 * 1_001 / 2), 0, 1_000, 2_000]);
}

/// In use by the C allocator, which is what `System` asks.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn in_use() -> usize {
    // SAFETY: has no preconditions.
    unsafe { libc::mallinfo2() }.uordblks
}

/// Nobody tells.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
fn in_use() -> usize {
    0
}

fn threads_that_are_gone_leave_no_memory_behind() {
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

fn threads_that_were_there_before_are_seen() {
    let workers = Workers::new(1);
    let ((), m) = measure_all(|| {
        workers.run(&[|| work(10)]);
        workers.run(&[|| work(20)]);
    });
    assert_eq!(numbers(&m), [4, 90, 0, 2, 4]);
}

fn limited(limit: Limit, amount: u64) -> Budget {
    let budget = Budget::new().all_threads();
    match limit {
        Limit::Allocations => budget.max(amount),
        Limit::Bytes => budget.max_bytes(amount),
        Limit::RetainedBytes => budget.max_retained_bytes(amount),
        Limit::Reallocations => budget.max_reallocs(amount),
        Limit::Deallocations => budget.max_deallocs(amount),
        _ => panic!("a limit that is not for all threads"),
    }
}

type Job = Box<dyn FnMut() + Send>;

/// Threads that were there before, so that nothing but what they are told to do counts.
struct Workers {
    jobs: Vec<mpsc::SyncSender<Job>>,
    is_done: mpsc::Receiver<()>,
    threads: Vec<thread::JoinHandle<()>>,
}

impl Workers {
    fn new(count: usize) -> Self {
        let (done, is_done) = mpsc::sync_channel(count);
        let start = |_| {
            let (jobs, to_do) = mpsc::sync_channel::<Job>(1);
            let done = done.clone();
            let thread = thread::spawn(move || {
                let next = || exempt(|| to_do.recv().ok());
                while let Some(mut job) = next() {
                    job();
                    exempt(|| {
                        drop(job);
                        done.send(()).unwrap();
                    });
                }
            });
            (jobs, thread)
        };
        let (jobs, threads) = (0..count).map(start).unzip();
        let workers = Self { jobs, is_done, threads };
        // Now they have begun.
        workers.run(&vec![(|| ()) as fn(); count]);
        workers
    }

    /// Each job on a worker of its own, all at once.
    fn run(&self, jobs: &[fn()]) {
        exempt(|| {
            for (job, worker) in jobs.iter().zip(&self.jobs) {
                worker.send(Box::new(*job)).unwrap();
            }
            for _ in jobs {
                self.is_done.recv().unwrap();
            }
        });
    }
}

impl Drop for Workers {
    fn drop(&mut self) {
        exempt(|| {
            self.jobs.clear();
            self.threads.drain(..).for_each(|thread| thread.join().unwrap());
        });
    }
}

/// Runs `f` on another thread, which is there before.
fn elsewhere<T: Send + 'static>(workers: &Workers, f: impl FnOnce() -> T + Send + 'static) -> T {
    let (value, mut f) = (Arc::new(Mutex::new(None)), Some(f));
    let slot = value.clone();
    let job = move || {
        let value = f.take().map(|f| f());
        *slot.lock().unwrap() = value;
    };
    workers.jobs[0].send(Box::new(job)).unwrap();
    workers.is_done.recv().unwrap();
    value.lock().unwrap().take().unwrap()
}

fn every_limit_is_exact() {
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
    for (limit, value) in limits {
        limited(limit, value).check(|| workers.run(&jobs)).unwrap();
        let overage = limited(limit, value - 1).check(|| workers.run(&jobs)).unwrap_err();
        let exceeded: Vec<_> = overage.exceeded().map(|e| (e.limit, e.actual, e.allowed)).collect();
        assert_eq!(exceeded, [(limit, value, value - 1)]);
        assert_eq!(numbers(overage.measurement()), [4, 40, 7, 1, 3]);
        assert_eq!(overage.measurement().peak_bytes, 0);
    }
}

fn a_block_may_be_freed_by_another_thread() {
    let workers = Workers::new(1);
    let (block, m) = measure_all(|| exempt(|| elsewhere(&workers, || block(100))));
    assert_eq!(numbers(&m), [1, 100, 100, 0, 0]);
    let ((), m) = measure_all(|| drop(block));
    assert_eq!(numbers(&m), [0, 0, -100, 0, 1]);
    let ((), m) = measure_all(|| drop(exempt(|| elsewhere(&workers, || self::block(50)))));
    assert_eq!(numbers(&m), [1, 50, 0, 0, 1]);
}

fn scopes_may_be_nested() {
    let workers = Workers::new(1);
    let mut inner = None;
    let ((), outer) = measure_all(|| {
        workers.run(&[|| work(1)]);
        inner = Some(measure_all(|| workers.run(&[|| work(2)])).1);
        workers.run(&[|| work(3)]);
    });
    assert_eq!(numbers(&inner.unwrap()), [2, 6, 0, 1, 2]);
    // The inner one has left a block of a byte behind.
    assert_eq!(numbers(&less(&outer, &[1, 1, 1, 0, 0])), [6, 18, 0, 3, 6]);
}

fn scopes_may_overlap() {
    let workers = Workers::new(1);
    let (opened, is_opened) = mpsc::sync_channel::<()>(1);
    let (close, is_closing) = mpsc::sync_channel::<()>(1);
    let other = thread::spawn(move || {
        let overage = Budget::new().max(0).all_threads().check(|| {
            exempt(|| opened.send(()).unwrap());
            exempt(|| is_closing.recv().unwrap());
        });
        *overage.unwrap_err().measurement()
    });
    is_opened.recv().unwrap();
    let second = Budget::new().max(2).all_threads().check(|| {
        workers.run(&[|| work(1)]);
        exempt(|| close.send(()).unwrap());
        // Joining is not what is measured here.
        let first = exempt(|| other.join().unwrap());
        assert_eq!((first.allocations, first.bytes_allocated), (2, 3));
        workers.run(&[|| work(10)]);
    });
    let m = *second.unwrap_err().measurement();
    assert_eq!((m.allocations, m.bytes_allocated), (4, 33));
}

fn scopes_of_one_thread_are_undisturbed() {
    let mut inner = None;
    let ((), m) = measure_all(|| {
        inner = Some(alloc_budget::measure(|| work(4)).1);
        assert!(Budget::new().max(1).check(|| work(8)).is_err());
        assert!(Budget::new().max_peak_bytes(7).check(|| work(8)).is_err());
        assert!(Budget::new().max_deallocs(0).check(|| work(8)).is_err());
    });
    let inner = inner.unwrap();
    assert_eq!((numbers(&inner), inner.peak_bytes), ([2, 12, 0, 1, 2], 8));
    assert_eq!(numbers(&m), [8, 84, 0, 4, 8]);
}

/// Once where it is done, and not again where it is added.
fn work_that_is_handed_over_counts_once() {
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

fn exempt_stretches_of_any_thread_do_not_count() {
    let workers = Workers::new(1);
    let ((), m) = measure_all(|| {
        exempt(|| work(1));
        workers.run(&[|| {
            exempt(|| work(2));
            work(3);
            exempt(|| work(4));
        }]);
        work(5);
    });
    assert_eq!(numbers(&m), [4, 9 + 15, 0, 2, 4]);
}

fn a_scope_inside_an_exempt_stretch_counts() {
    let workers = Workers::new(1);
    let mut inner = None;
    let ((), outer) = measure_all(|| {
        work(1);
        exempt(|| {
            work(10);
            inner = Some(measure_all(|| work(100)).1);
            work(1_000);
        });
        workers.run(&[|| work(2)]);
    });
    assert_eq!(numbers(&inner.unwrap()), [2, 300, 0, 1, 2]);
    assert_eq!(numbers(&outer), [4, 9, 0, 2, 4]);
}

/// With an await that can be seen, that can't, and with none.
fn a_future_inside_an_exempt_stretch_counts() {
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

fn a_panic_closes_the_scope() {
    let overage = Budget::new().max(0).all_threads();
    for _ in 0..3 {
        let panicked = panic_of(|| overage.check(|| -> () { panic!("{}", "of the body") }));
        assert_eq!(panicked.1, "of the body");
        let ((), m) = measure_all(|| work(1));
        assert_eq!(numbers(&m), [2, 3, 0, 1, 2]);
    }
}

fn a_scope_leaves_no_memory_behind_however_it_ends() {
    let budgets = [Budget::new().max(0), Budget::new().max(0).all_threads()];
    let ends: [fn(Budget); 3] = [
        |budget| drop(budget.check(|| drop(block(1)))),
        |budget| {
            panic_of(|| {
                budget.check(|| -> () {
                    drop(block(1));
                    panic!("{}", "of the body")
                })
            });
        },
        |_| {
            alloc_budget::measure(|| drop(Handle::current()));
        },
    ];
    let repeat = || {
        for (budget, end) in budgets.iter().flat_map(|budget| ends.map(|end| (budget, end))) {
            (0..10).for_each(|_| end(*budget));
            let before = in_use();
            (0..100).for_each(|_| end(*budget));
            let after = in_use();
            // What it has to leave is some hundred bytes each time.
            assert!(after < before + 100 * 8, "{before} → {after}");
        }
    };
    // A thread's cache of blocks that are free fills up slowly, and counts as in use.
    let no_cache = ("GLIBC_TUNABLES", "glibc.malloc.tcache_count=0");
    alone("a_scope_leaves_no_memory_behind_however_it_ends", &[no_cache], repeat);
}

/// What is allocated beside an overage that is caught, in what `around` makes of it.
fn beside_an_overage(around: impl Fn(&dyn Fn())) -> [i64; 5] {
    let caught = || {
        let overage = || Budget::new().max(0).enforce(|| work(1));
        assert!(panic::catch_unwind(AssertUnwindSafe(overage)).is_err());
    };
    let others = panic::take_hook();
    panic::set_hook(Box::new(|_| ()));
    caught();
    let ((), m) = measure_all(|| {
        around(&caught);
        work(2);
    });
    panic::set_hook(others);
    numbers(&m)
}

fn an_overage_that_is_caught_does_not_count() {
    assert_eq!(beside_an_overage(|caught| caught()), [4, 9, 0, 2, 4]);
}

fn an_overage_in_an_exempt_stretch_does_not_count() {
    assert_eq!(beside_an_overage(|caught| exempt(caught)), [2, 6, 0, 1, 2]);
}

#[alloc_budget(max = allowed, threads = all)]
fn budgeted(allowed: u64, workers: &Workers) -> usize {
    workers.run(&[|| work(1)]);
    work(2);
    workers.jobs.len()
}

fn a_function_is_measured_on_all_threads() {
    let workers = Workers::new(1);
    assert_eq!(budgeted(4, &workers), 1);
    let (place, message) = panic_of(|| budgeted(3, &workers));
    assert!(place.contains("all_threads.rs"), "{place}");
    assert!(
        message.starts_with("allocation budget exceeded: `budgeted`\n\n  allocations   4 of 3 "),
        "{message}"
    );
}

fn the_report_has_the_line_of_another_thread() {
    let workers = Workers::new(1);
    let overage =
        Budget::new().max(0).all_threads().check(|| workers.run(&[|| drop(block(123))])).unwrap_err();
    let site = &overage.call_sites()[0];
    assert_eq!((site.count(), site.bytes()), (1, 123));
    // Inlined, it has no module.
    assert!(site.function().ends_with("block"), "{overage}");
    assert!(overage.to_string().contains("123 B   ×1   tests/all_threads.rs:"), "{overage}");
}

/// They wait for each other to note it, the longer the more scopes there are.
fn the_report_has_what_threads_take_past_it_at_once() {
    let workers = Workers::new(2);
    let mut scopes: Vec<_> = (0..50).map(|_| Box::pin(paused(0))).collect();
    assert!(scopes.iter_mut().all(|scope| !is_ready(scope.as_mut())));
    let job = || (0..1_000).for_each(|_| drop(block(1)));
    let overage = Budget::new().max(0).all_threads().check(|| workers.run(&[job, job])).unwrap_err();
    assert_eq!(sites(&overage), [(2_000, 2_000)], "{overage}");
}

/// A thread that has had a scope has a slot of its own, on every platform.
fn two_blocks() {
    exempt(|| alloc_budget::measure(|| ()));
    drop(block(10));
    drop(block(20));
}

/// No thread knows the sum.
fn the_report_has_no_line_of_threads_within_the_limit() {
    let workers = Workers::new(2);
    let overage = Budget::new().max(4).all_threads().check(|| {
        workers.run(&[two_blocks]);
        workers.run(&[|| (), two_blocks]);
        workers.run(&[two_blocks]);
    });
    let overage = overage.unwrap_err();
    assert_eq!(overage.measurement().allocations, 6);
    assert_eq!(overage.call_sites(), [], "{overage}");
}

/// What a thread has done in an earlier one is nothing to it.
fn the_report_begins_with_the_scope() {
    let workers = Workers::new(1);
    for _ in 0..2 {
        let overage = Budget::new().max(1).all_threads().check(|| workers.run(&[two_blocks])).unwrap_err();
        assert_eq!(sites(&overage), [(1, 20)], "{overage}");
    }
}

/// Counts and bytes of the call sites.
fn sites(overage: &Overage) -> Vec<(u64, u64)> {
    overage.call_sites().iter().map(|site| (site.count(), site.bytes())).collect()
}

fn the_report_of_each_limit_has_what_one_thread_took_past_it() {
    let workers = Workers::new(1);
    let job = || {
        work(10);
        std::mem::forget(block(7));
    };
    let limits = [
        (Limit::Allocations, 1, vec![(1, 20), (1, 7)]),
        (Limit::Bytes, 30, vec![(1, 7)]),
        (Limit::RetainedBytes, 6, vec![(1, 7)]),
        (Limit::Reallocations, 0, vec![(1, 20)]),
        (Limit::Deallocations, 1, vec![(1, 20)]),
    ];
    for (limit, allowed, expected) in limits {
        let overage = limited(limit, allowed).check(|| workers.run(&[job])).unwrap_err();
        assert_eq!(sites(&overage), expected, "{overage}");
        assert_eq!(overage.call_sites()[0].is_deallocation(), limit == Limit::Deallocations, "{overage}");
    }
}

fn the_report_has_all_call_sites_where_that_is_asked_for() {
    alone("the_report_has_all_call_sites_where_that_is_asked_for", &[("ALLOC_BUDGET_TRACE", "full")], || {
        let workers = Workers::new(1);
        let budget = Budget::new().max(1).all_threads();
        let overage = budget.check(|| workers.run(&[|| work(10)])).unwrap_err();
        assert_eq!(sites(&overage), [(1, 20), (1, 10)], "{overage}");
    });
}

fn the_report_has_no_call_sites_where_they_are_not_wanted() {
    alone("the_report_has_no_call_sites_where_they_are_not_wanted", &[("ALLOC_BUDGET_TRACE", "off")], || {
        let overage = Budget::new().max(0).all_threads().check(|| work(10)).unwrap_err();
        assert_eq!(overage.measurement().allocations, 2);
        assert_eq!(sites(&overage), [], "{overage}");
    });
}

fn blocks_that_are_kept_are_reported_and_those_freed_elsewhere_are_not() {
    let workers = Workers::new(2);
    let kept = Budget::new().max_retained_bytes(0).all_threads().check(|| {
        workers.run(&[|| std::mem::forget(block(55)), || drop(block(66))]);
        let handed = block(77);
        exempt(|| elsewhere(&workers, move || drop(handed)));
    });
    let kept = kept.unwrap_err();
    assert_eq!(kept.measurement().retained_bytes, 55);
    assert_eq!(sites(&kept), [(1, 55)], "{kept}");
}

#[alloc_budget(measure, threads = all, name = "measured on all threads")]
fn measured(workers: &Workers) {
    workers.run(&[|| work(5)]);
}

fn a_function_may_only_be_measured() {
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

fn a_warm_up_is_not_judged() {
    let workers = Workers::new(1);
    warm(&workers);
    let (_, message) = panic_of(|| warm(&workers));
    assert!(message.contains("allocations   2 of 0"), "{message}");
}

/// How often a thread has called what has a warm-up is not its memory.
fn a_warm_up_leaves_no_trace_at_the_end_of_its_thread() {
    #[alloc_budget(max = 0, warmup = 1)]
    fn warmed_up() {
        black_box(());
    }
    let churn = || thread::spawn(warmed_up).join().unwrap();
    churn();
    let ((), m) = measure_all(churn);
    assert_eq!((m.retained_bytes, m.retained_blocks()), (0, 0));
}

async fn pause() {
    let mut is_polled = false;
    std::future::poll_fn(|_| {
        if std::mem::replace(&mut is_polled, true) {
            std::task::Poll::Ready(())
        } else {
            std::task::Poll::Pending
        }
    })
    .await;
}

/// Whether it is after one more poll.
fn is_ready(future: Pin<&mut impl Future>) -> bool {
    future.poll(&mut std::task::Context::from_waker(std::task::Waker::noop())).is_ready()
}

/// Polls until the future is ready, and does something in between.
fn run<T>(future: impl Future<Output = T>, between: impl Fn()) -> T {
    let mut future = std::pin::pin!(future);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    loop {
        if let std::task::Poll::Ready(value) = future.as_mut().poll(&mut context) {
            return value;
        }
        between();
    }
}

#[alloc_budget(max = allowed, threads = all)]
async fn paused(allowed: u64) {
    pause().await;
    work(1);
    pause().await;
}

fn an_async_function_is_measured_from_its_first_poll_on() {
    let future = paused(6);
    work(1);
    run(future, || work(2));
    let workers = Workers::new(1);
    let (_, message) = panic_of(|| run(paused(5), || workers.run(&[|| work(2)])));
    assert!(message.contains("allocations   6 of 5"), "{message}");
}

macro_rules! awaits {
    ($future:expr) => {
        $future.await
    };
}

/// Awaits what the attribute can't see, so it is measured from outside.
#[alloc_budget(max = allowed, threads = all)]
async fn hidden(allowed: u64) {
    awaits!(pause());
    work(1);
}

fn an_await_in_a_macro_is_measured_too() {
    let workers = Workers::new(1);
    let beside = || workers.run(&[|| work(2)]);
    run(hidden(4), beside);
    let (_, message) = panic_of(|| run(hidden(3), beside));
    assert!(message.contains("allocations   4 of 3"), "{message}");
}

/// It began in an exempt stretch, which is none of the thread's that it moves to.
fn a_block_that_waits_unseen_may_go_on_elsewhere() {
    async fn hiding() {
        budget!(max = 2, threads = all, {
            pause().await;
            awaits!(pause());
            work(1);
        });
    }
    let workers = Workers::new(1);
    let mut future = Box::pin(hiding());
    exempt(|| assert_eq!([is_ready(future.as_mut()), is_ready(future.as_mut())], [false; 2]));
    assert!(exempt(|| elsewhere(&workers, move || is_ready(future.as_mut()))));
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

fn a_warm_up_of_an_async_function_is_not_judged() {
    let workers = Workers::new(1);
    let beside = || workers.run(&[|| work(2)]);
    run(warm_paused(), beside);
    run(warm_hidden(), beside);
    for (_, message) in [panic_of(|| run(warm_paused(), beside)), panic_of(|| run(warm_hidden(), beside))] {
        assert!(message.contains("allocations   2 of 0"), "{message}");
    }
}

fn a_future_that_is_dropped_gets_no_verdict() {
    let mut future = Box::pin(paused(0));
    assert!(!is_ready(future.as_mut()));
    work(1);
    drop(future);
    let ((), m) = measure_all(|| work(1));
    assert_eq!(numbers(&m), [2, 3, 0, 1, 2]);
}

fn a_future_with_a_budget_sees_other_threads() {
    let workers = Workers::new(1);
    let beside = || workers.run(&[|| work(1)]);
    let budget = Budget::new().max(2).all_threads();
    run(pause().with_budget(budget), beside);
    let overage: Result<(), Overage> = run(budget.max(1).check_future(pause()), beside);
    assert_eq!(numbers(overage.unwrap_err().measurement()), [2, 3, 0, 1, 2]);
    let warned = budget.max(0).on_overage(OnOverage::Warn);
    run(pause().with_budget(warned), || work(1));
}

fn a_peak_is_refused() {
    for budget in
        [|| Budget::new().max_peak_bytes(1).all_threads(), || Budget::new().all_threads().max_peak_bytes(1)]
    {
        let refused = panic::catch_unwind(budget).unwrap_err();
        assert!(refused.downcast_ref::<&str>().unwrap().contains("can't limit peak bytes"));
    }
}
