//! What must not disturb the counting, or be disturbed by it: memory that runs out, ends of processes and threads,
//! signals, scopes that are left open or closed in any order. The chapter on reliability has the list.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::fs;
use std::hint::black_box;
use std::mem::ManuallyDrop;
use std::panic::{self, AssertUnwindSafe};
use std::path::Path;
use std::pin::pin;
use std::process::{self, Output};
use std::ptr;
use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Waker};
use std::thread;

use alloc_budget::__macro_support::{Entry, Limits, Site, SiteGuard, here, raise};
use alloc_budget::{
    Budget, CountingAllocator, Handle, Measurement, alloc_budget, exempt, measure, measure_future,
};
use support::{alone, output};

type Block = Vec<u8>;

/// An allocation of so many bytes, and its deallocation.
fn work(bytes: usize) {
    drop(black_box(Block::with_capacity(bytes)));
}

fn assert_work(m: &Measurement, calls: u64, bytes: u64) {
    assert_eq!((m.allocations, m.deallocations, m.reallocations), (calls, calls, 0));
    assert_eq!((m.bytes_allocated, m.retained_bytes), (bytes, 0));
}

/// What the chapter on reliability promises, a test has to show.
#[test]
fn every_test_that_is_named_exists() {
    let sources = |binary: &str| -> String {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(binary);
        let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let files = files.filter(|file| file.extension().is_some_and(|extension| extension == "rs"));
        files.map(|file| fs::read_to_string(file).unwrap()).collect()
    };
    let chapter = include_str!("../../alloc-budget/src/reliability.md");
    let other_code = ["binary::test", "mem::forget", "process::abort", "process::exit"];
    let code = chapter.split('`').skip(1).step_by(2);
    let named: Vec<_> = code.filter(|code| code.contains("::") && !other_code.contains(code)).collect();
    assert!(named.len() > 30, "{named:?}");
    for test in named {
        let (binary, path) = test.split_once("::").unwrap();
        let (source, name) = (sources(binary), path.rsplit("::").next().unwrap());
        assert!(source.contains(&format!("fn {name}()")), "there is no test {test}");
        for module in path.split("::").filter(|module| *module != name) {
            let is_file =
                Path::new(env!("CARGO_MANIFEST_DIR")).join(binary).join(module).with_extension("rs").exists();
            assert!(is_file || source.contains(&format!("mod {module} {{")), "there is no module of {test}");
        }
    }
}

mod memory_runs_out {
    use super::*;

    /// Has no memory to give when it is asked for the n-th time.
    struct Failing<'a> {
        calls: &'a Cell<u32>,
        nth: u32,
    }

    impl Failing<'_> {
        fn unless_failing(&self, block: impl FnOnce() -> *mut u8) -> *mut u8 {
            self.calls.set(self.calls.get() + 1);
            if self.calls.get() == self.nth { ptr::null_mut() } else { block() }
        }
    }

    // SAFETY: it is `System`, or an allocator out of memory, which is allowed to return null.
    unsafe impl GlobalAlloc for Failing<'_> {
        unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
            // SAFETY: the caller's promises are passed on.
            self.unless_failing(|| unsafe { System.alloc(layout) })
        }

        unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
            // SAFETY: the caller's promises are passed on.
            self.unless_failing(|| unsafe { System.alloc_zeroed(layout) })
        }

        unsafe fn realloc(&self, block: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
            // SAFETY: the caller's promises are passed on.
            self.unless_failing(|| unsafe { System.realloc(block, layout, new_size) })
        }

        unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
            // SAFETY: the caller's promises are passed on.
            unsafe { System.dealloc(block, layout) };
        }
    }

    fn layout(size: usize) -> Layout {
        Layout::from_size_align(size, 8).unwrap()
    }

    /// Two blocks of an allocator, and what must have been counted of them.
    struct Pair<'a> {
        allocator: CountingAllocator<Failing<'a>>,
        blocks: [(*mut u8, usize); 2],
        expected: Measurement,
    }

    impl<'a> Pair<'a> {
        fn of(allocator: Failing<'a>) -> Self {
            let (blocks, expected) = ([(ptr::null_mut(), 0); 2], Measurement::default());
            Self { allocator: CountingAllocator::new(allocator), blocks, expected }
        }

        fn allocated(&mut self, at: usize, block: *mut u8, size: usize) {
            let (_, old) = self.blocks[at];
            self.blocks[at] = (block, size);
            self.expected.allocations += 1;
            self.expected.bytes_allocated += size as u64;
            self.expected.retained_bytes += (size as u64).cast_signed() - (old as u64).cast_signed();
            let live = u64::try_from(self.expected.retained_bytes).unwrap();
            self.expected.peak_bytes = self.expected.peak_bytes.max(live);
        }

        fn allocate(&mut self, at: usize, size: usize, zeroed: bool) {
            // SAFETY: the size is not zero.
            let block = unsafe {
                if zeroed {
                    self.allocator.alloc_zeroed(layout(size))
                } else {
                    self.allocator.alloc(layout(size))
                }
            };
            if !black_box(block).is_null() {
                self.allocated(at, block, size);
            }
        }

        fn reallocate(&mut self, at: usize, size: usize) {
            let (block, old) = self.blocks[at];
            if block.is_null() {
                return;
            }
            // SAFETY: the block was allocated with this layout, and the new size is not zero.
            let block = unsafe { self.allocator.realloc(block, layout(old), size) };
            if !black_box(block).is_null() {
                self.allocated(at, block, size);
                self.expected.reallocations += 1;
                self.expected.deallocations += 1;
            }
        }

        fn free(&mut self, at: usize) {
            let (block, size) = std::mem::replace(&mut self.blocks[at], (ptr::null_mut(), 0));
            if !block.is_null() {
                // SAFETY: the block was allocated with this layout, and is not used again.
                unsafe { self.allocator.dealloc(block, layout(size)) };
                self.expected.deallocations += 1;
                self.expected.retained_bytes -= (size as u64).cast_signed();
            }
        }

        /// Every way to allocate, in scopes of every kind.
        fn run(&mut self) {
            let nothing = Budget::new().max(0).max_bytes(0).max_peak_bytes(0).max_retained_bytes(0);
            let _ = nothing.max_reallocs(0).max_deallocs(0).check(|| {
                self.allocate(0, 10, false);
                self.allocate(1, 20, true);
                let _ = Budget::new().max(1).max_retained_bytes(5).check(|| {
                    self.reallocate(0, 1_000);
                    self.reallocate(1, 5);
                    self.free(0);
                });
                exempt(|| work(7));
                self.allocate(0, 40, true);
                measure(|| self.reallocate(0, 70));
                self.free(1);
                self.free(0);
            });
        }
    }

    #[test]
    fn at_any_call_leaves_every_counter_exact() {
        let calls = &Cell::new(0);
        let measured = |nth: u32| {
            calls.set(0);
            let mut pair = Pair::of(Failing { calls, nth });
            let ((), m) = measure(|| pair.run());
            assert_eq!(m, pair.expected, "where the call {nth} fails");
            m
        };
        let all = measured(0);
        let total = calls.get();
        assert_eq!((total, all.allocations, all.reallocations), (6, 6, 3));
        for nth in 1..=total {
            assert!(measured(nth).allocations < 6);
        }
        assert_eq!(measured(total + 1), all);
    }
}

/// What the crate keeps for itself comes from the system, and goes back to it.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[test]
fn no_memory_is_lost() {
    #[alloc_budget(measure)]
    fn annotated() {
        Handle::current().run(|| work(10));
    }
    alone("no_memory_is_lost", &[], || {
        let scopes = || {
            let followed = Budget::new().max_retained_bytes(100);
            followed.enforce(|| measure(|| Handle::current().run(|| work(10))));
            followed.enforce(annotated);
            followed.enforce(|| {
                let mut future = pin!(measure_future(async { Handle::current().run(|| work(10)) }));
                assert!(future.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready());
            });
        };
        // SAFETY: it reads what the allocator knows of itself.
        let used = || unsafe { libc::mallinfo2() }.uordblks;
        scopes();
        let before = used();
        (0..1_000).for_each(|_| scopes());
        let lost = used().saturating_sub(before);
        assert!(lost < 10_000, "{lost} bytes");
    });
}

/// Processes that end in the middle of a budget, as they would without one.
mod the_end_of_the_process {
    use super::*;

    #[alloc_budget(max = 0, max_retained_bytes = 0, max_deallocs = 0)]
    fn within_budgets(depth: u32, f: &mut dyn FnMut()) {
        let block = black_box(Block::with_capacity(10));
        let scope = Handle::current();
        if depth > 0 {
            scope.run(|| within_budgets(depth - 1, f));
        } else {
            f();
        }
        drop(block);
    }

    fn said(output: &Output) -> String {
        String::from_utf8_lossy(&output.stderr).into_owned()
    }

    #[test]
    fn by_exit() {
        let test = "the_end_of_the_process::by_exit";
        let exit = || within_budgets(5, &mut || exempt(|| within_budgets(5, &mut || process::exit(7))));
        if let Some(output) = output(test, &[], exit) {
            assert_eq!((output.status.code(), said(&output)), (Some(7), String::new()));
        }
    }

    /// What each exempt stretch adds to what is left, and each budget in it withholds, is more than there is room for.
    #[test]
    fn by_exit_in_exempt_stretches_in_each_other() {
        fn descend(depth: u32) {
            if depth == 0 {
                process::exit(7);
            }
            let budget = Budget::new().max(0).max_deallocs(0).max_bytes(0).max_retained_bytes(0);
            exempt(|| budget.enforce(|| descend(depth - 1)));
        }
        for depth in 0..12 {
            let test = "the_end_of_the_process::by_exit_in_exempt_stretches_in_each_other";
            let exit = || {
                let depth = std::env::var("DEPTH").unwrap().parse().unwrap();
                measure(|| descend(depth));
            };
            let Some(output) = output(test, &[("DEPTH", &*depth.to_string())], exit) else { return };
            assert_eq!((output.status.code(), said(&output)), (Some(7), String::new()), "{depth}");
        }
    }

    #[test]
    fn by_exit_while_other_threads_are_in_budgets() {
        let test = "the_end_of_the_process::by_exit_while_other_threads_are_in_budgets";
        let exit = || {
            const THREADS: usize = 8;
            static ALL_IN: Barrier = Barrier::new(THREADS + 1);
            for _ in 0..THREADS {
                thread::spawn(|| {
                    within_budgets(5, &mut || {
                        ALL_IN.wait();
                        loop {
                            work(10);
                        }
                    });
                });
            }
            ALL_IN.wait();
            process::exit(7);
        };
        if let Some(output) = output(test, &[], exit) {
            assert_eq!((output.status.code(), said(&output)), (Some(7), String::new()));
        }
    }

    #[test]
    fn by_abort() {
        let test = "the_end_of_the_process::by_abort";
        let abort = || within_budgets(5, &mut || process::abort());
        if let Some(output) = output(test, &[], abort) {
            assert!(!matches!(output.status.code(), Some(0 | 101)), "{}", output.status);
            assert_eq!(said(&output), "");
        }
    }

    #[test]
    fn by_a_stack_overflow() {
        #[alloc_budget(max = 0)]
        #[expect(unconditional_recursion, reason = "it is what this is about")]
        fn descend() -> u64 {
            work(10);
            black_box(descend()) + 1
        }
        let test = "the_end_of_the_process::by_a_stack_overflow";
        // Without call sites, whose walk of a stack like that would take its time.
        if let Some(output) = output(test, &[("ALLOC_BUDGET_TRACE", "off")], || _ = descend()) {
            assert!(!matches!(output.status.code(), Some(0 | 101)), "{}", output.status);
            assert!(said(&output).contains("overflowed its stack"), "{}", said(&output));
        }
    }
}

mod threads {
    use super::*;

    #[test]
    fn ten_thousand() {
        const AT_A_TIME: usize = 100;
        for _ in 0..10_000 / AT_A_TIME {
            let barrier = Barrier::new(AT_A_TIME);
            thread::scope(|scope| {
                for bytes in 1..=AT_A_TIME as u64 {
                    let barrier = &barrier;
                    let run = move || {
                        let ((), m) = measure(|| {
                            Budget::new().max(1).max_retained_bytes(0).enforce(|| {
                                // All of them are in a budget at the same time.
                                barrier.wait();
                                work(bytes.try_into().unwrap());
                            });
                        });
                        assert_work(&m, 1, bytes);
                    };
                    thread::Builder::new().stack_size(256 << 10).spawn_scoped(scope, run).unwrap();
                }
            });
        }
    }
}

#[cfg(unix)]
mod signals {
    use super::*;

    extern "C" fn handle(_: libc::c_int) {
        work(10);
        let ((), m) = measure(|| {
            let overage = Budget::new().max(0).check(|| work(20)).unwrap_err();
            assert_eq!(overage.measurement().bytes_allocated, 20);
        });
        assert_work(&m, 1, 20);
    }

    fn raise() {
        // SAFETY: the signal is handled on this thread before this returns, outside of any allocation.
        assert_eq!(unsafe { libc::raise(libc::SIGUSR1) }, 0);
    }

    #[test]
    fn whose_handler_allocates() {
        alone("signals::whose_handler_allocates", &[], || {
            let handler: extern "C" fn(libc::c_int) = handle;
            // SAFETY: it is a function of the right type, for a signal that has none.
            unsafe { libc::signal(libc::SIGUSR1, handler as libc::sighandler_t) };
            let ((), m) = measure(|| {
                for calls in 1..=50 {
                    Budget::new().max(2).max_bytes(30).max_retained_bytes(0).enforce(raise);
                    let overage = Budget::new().max(2 * calls).check(|| (0..=calls).for_each(|_| raise()));
                    assert_work(overage.unwrap_err().measurement(), 2 * (calls + 1), 30 * (calls + 1));
                }
            });
            let signals = 50 + (2..=51).sum::<u64>();
            assert_work(&m, 2 * signals, 30 * signals);
        });
    }
}

#[cfg(unix)]
mod forks {
    use super::*;

    fn exceed() {
        let overage = Budget::new().max(1).max_retained_bytes(0).check(|| {
            work(10);
            work(20);
        });
        let overage = overage.unwrap_err();
        assert_work(overage.measurement(), 2, 30);
        assert_eq!(overage.call_sites().len(), 1, "{overage}");
    }

    fn assert_exits_with_7(child: libc::pid_t) {
        let mut status = 0;
        // SAFETY: the place for the status outlives the call.
        assert_eq!(unsafe { libc::waitpid(child, &raw mut status, 0) }, child);
        assert_eq!((libc::WIFEXITED(status), libc::WEXITSTATUS(status)), (true, 7));
    }

    /// A thread that is not in the child has passed a budget of all threads, whose call sites are noted under a lock.
    #[test]
    fn wait_for_no_thread_of_the_parent() {
        alone("forks::wait_for_no_thread_of_the_parent", &[], || {
            static IS_OVER: AtomicBool = AtomicBool::new(false);
            let budget = Budget::new().max(0).all_threads();
            let overage = budget.check(|| {
                thread::scope(|threads| {
                    threads.spawn(|| {
                        while !IS_OVER.load(Ordering::Relaxed) {
                            work(10);
                        }
                    });
                    for n in 0..100 {
                        // SAFETY: the child does not return from here. The C library's own locks are free in it.
                        let child = unsafe { libc::fork() };
                        if child == 0 {
                            // SAFETY: have no preconditions. Should it hang, it is killed.
                            unsafe { libc::alarm(20) };
                            work(20);
                            // To resolve call sites takes a while.
                            let is_exact = n % 20 > 0
                                || budget.check(|| work(30)).is_err_and(|overage| {
                                    let m = overage.measurement();
                                    (m.allocations, m.bytes_allocated) == (1, 30)
                                });
                            // SAFETY: it ends the process.
                            unsafe { libc::_exit(if is_exact { 7 } else { 1 }) };
                        }
                        assert_exits_with_7(child);
                    }
                    IS_OVER.store(true, Ordering::Relaxed);
                });
            });
            assert!(overage.is_err());
        });
    }

    /// The child goes on in the scopes that it was born in.
    #[test]
    fn without_exec_go_on_counting() {
        alone("forks::without_exec_go_on_counting", &[], || {
            let ((), m) = measure(|| {
                work(10);
                let overage = Budget::new().max(1).check(|| {
                    work(20);
                    // SAFETY: the child does not return from here, and this process has no other thread that may hold
                    // a lock but the harness's, which waits.
                    let child = unsafe { libc::fork() };
                    if child == 0 {
                        let done = panic::catch_unwind(|| {
                            let ((), m) = measure(|| (0..3).for_each(|_| exceed()));
                            assert_work(&m, 6, 90);
                        });
                        // SAFETY: it ends the process.
                        unsafe { libc::_exit(if done.is_ok() { 7 } else { 1 }) };
                    }
                    assert_exits_with_7(child);
                    work(30);
                });
                assert_work(overage.unwrap_err().measurement(), 2, 50);
                (0..3).for_each(|_| exceed());
            });
            assert_work(&m, 3 + 6, 60 + 90);
        });
    }
}

/// Scopes that are not left in the order in which they were entered, if at all: by coroutines, or by code that forgets.
mod scopes_in_disorder {
    use super::*;

    /// As of an annotated function with all limits, whose calls are all judged.
    type Scope = SiteGuard<0b11_1111>;

    fn enter(max: u64) -> Scope {
        static SITE: Site = Site::new(here(), raise, || {}, module_path!()).named("in disorder");
        SiteGuard::enter(Entry::new(&SITE, Limits { max, ..Limits::NONE }))
    }

    /// Ends a scope, whose report has these numbers; without a verdict they are empty.
    fn assert_ends(scope: Scope, numbers: &str) {
        let payload = panic::catch_unwind(AssertUnwindSafe(|| drop(scope))).err();
        let report = payload.as_ref().map_or("", |payload| payload.downcast_ref::<String>().unwrap());
        assert_eq!(report.lines().nth(2).unwrap_or_default().trim(), numbers);
    }

    #[test]
    fn a_forgotten_one_ends_with_the_one_around_it() {
        let ((), m) = measure(|| {
            for bytes in 1..=100 {
                let ((), inner) = measure(|| {
                    std::mem::forget(enter(0));
                    work(10);
                    exempt(|| std::mem::forget(enter(bytes)));
                    std::mem::forget(enter(bytes));
                    work(20);
                });
                assert_work(&inner, 2, 30);
                Budget::new().max(1).max_bytes(bytes).enforce(|| work(bytes.try_into().unwrap()));
            }
        });
        assert_work(&m, 300, 3_000 + 5_050);
    }

    #[test]
    fn one_forgotten_in_an_exempt_stretch_ends_with_it() {
        let ((), m) = measure(|| {
            for _ in 0..100 {
                work(10);
                exempt(|| {
                    std::mem::forget(enter(0));
                    work(20);
                    std::mem::forget(enter(0));
                });
            }
        });
        assert_work(&m, 100, 1_000);
        assert_eq!(m.peak_bytes, 10);
    }

    #[test]
    fn what_others_did_for_a_forgotten_one_is_of_those_around_it() {
        let ((), m) = measure(|| {
            std::mem::forget(enter(u64::MAX));
            let forgotten = Handle::current();
            exempt(|| thread::scope(|threads| threads.spawn(|| forgotten.run(|| work(10))).join().unwrap()));
        });
        assert_work(&m, 1, 10);
    }

    #[test]
    fn one_forgotten_in_handed_work_ends_with_it() {
        let ((), m) = measure(|| {
            let scope = Handle::current();
            let run = || {
                thread::scope(|threads| {
                    let work = || {
                        scope.run(|| {
                            std::mem::forget(enter(0));
                            work(10);
                        });
                        assert_work(&measure(|| work(20)).1, 1, 20);
                    };
                    threads.spawn(work);
                });
            };
            exempt(run);
        });
        assert_work(&m, 1, 10);
    }

    #[test]
    fn one_that_ends_first_ends_those_inside() {
        let ((), m) = measure(|| {
            let outer = enter(1);
            work(10);
            let inner = enter(0);
            work(20);
            assert_ends(outer, "allocations   2 of 1      bytes   30");
            work(30);
            // No verdict: it had ended before.
            assert_ends(inner, "");
            work(40);
        });
        assert_work(&m, 4, 100);
    }

    #[test]
    fn the_measurement_of_one_that_has_been_ended_is_empty() {
        let ((), m) = measure(|| {
            let outer = enter(0);
            work(10);
            let ((), inner) = measure(|| {
                work(20);
                assert_ends(outer, "allocations   2 of 0      bytes   30");
                work(30);
            });
            assert_eq!(inner, Measurement::default());
        });
        assert_work(&m, 3, 60);
    }

    /// It is exempt, its own end included, whether a limit was passed or not.
    #[test]
    fn one_that_ends_in_an_exempt_stretch_gets_no_verdict() {
        let ((), m) = measure(|| {
            for turn in 0..100 {
                let scope = enter(turn % 2 * 10);
                work(10);
                exempt(|| {
                    exempt(|| work(20));
                    assert_ends(scope, "");
                    work(30);
                });
                work(40);
            }
        });
        assert_work(&m, 200, 5_000);
        assert_work(&measure(|| work(50)).1, 1, 50);
    }

    /// A coroutine that goes on, on another thread, in the middle of a budget there.
    #[test]
    fn one_that_ends_on_another_thread_disturbs_nothing_there() {
        for depth in 0..20 {
            let scope = enter(0);
            work(10);
            thread::scope(|threads| {
                threads.spawn(move || {
                    let scopes: Vec<_> = (0..depth).map(|_| ManuallyDrop::new(enter(0))).collect();
                    let ((), m) = measure(|| {
                        work(20);
                        assert_ends(scope, "");
                        work(30);
                    });
                    assert_work(&m, 2, 50);
                    drop(scopes);
                });
            });
            // It is still open here, and ends with the thread.
            assert_work(&measure(|| work(40)).1, 1, 40);
        }
    }
}
