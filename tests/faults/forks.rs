//! Both processes of a fork go on.

use std::panic;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use alloc_budget::{Budget, measure};
use support::{alone, assert_work, work};

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

/// A thread that is not in the child has passed a budget of all threads, whose call sites are noted
/// under a lock.
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
                    // SAFETY: the child does not return from here. The C library's own locks are
                    // free in it.
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
                // SAFETY: the child does not return from here, and this process has no other thread
                // that may hold a lock but the harness's, which waits.
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

/// What has become of the parent's budgets is the parent's to tell.
#[test]
fn have_a_verdict_of_their_own() {
    alone("forks::have_a_verdict_of_their_own", &[("ALLOC_BUDGET", "strict")], || {
        Budget::new().max(0).enforce(|| {
            // SAFETY: as above.
            let child = unsafe { libc::fork() };
            if child == 0 {
                // SAFETY: has no preconditions, and ends the process, as Rust code does.
                unsafe { libc::exit(7) };
            }
            assert_exits_with_7(child);
        });
    });
}
