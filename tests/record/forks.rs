//! A forked process has a file of its own.
#![cfg(unix)]

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use crate::budgets::*;
use crate::process::{calls, run};

/// Runs `f` in a forked process, and waits for its end.
fn fork(f: impl FnOnce()) {
    // SAFETY: the child does not return from here. The C library's own locks are free in it.
    let child = unsafe { libc::fork() };
    if child == 0 {
        // SAFETY: should it hang, it is killed.
        unsafe { libc::alarm(20) };
        f();
        // SAFETY: it ends the process.
        unsafe { libc::_exit(1) };
    }
    let mut status = 0;
    // SAFETY: the place for the status outlives the call.
    assert_eq!(unsafe { libc::waitpid(child, &raw mut status, 0) }, child);
    assert_eq!((libc::WIFEXITED(status), libc::WEXITSTATUS(status)), (true, 7));
}

fn exit() -> ! {
    // SAFETY: ends the process, as it may.
    unsafe { libc::exit(7) }
}

#[test]
fn the_child_begins_with_no_calls() {
    let name = "forks::the_child_begins_with_no_calls";
    let both = || {
        exact();
        plain(&[1]);
        fork(|| {
            exact();
            exact();
            exit();
        });
        exact();
    };
    let Some(run) = run(name, &[], both) else { return };
    assert!(run.output.status.success(), "{:?}", run.output);
    let [a, b] = &run.records[..] else { panic!("{} records", run.records.len()) };
    let (parent, child) = if a.header["forked_from"].is_null() { (a, b) } else { (b, a) };
    assert_eq!(child.header["forked_from"], parent.header["pid"]);
    assert_ne!(child.header["pid"], parent.header["pid"]);
    assert!(parent.is_whole && child.is_whole);
    assert_eq!(calls(parent.at("exact", Some(name))), [2, 2, 0, 0, 0, 0, 0]);
    assert_eq!(calls(child.at("exact", Some(name))), [2, 2, 0, 0, 0, 0, 0]);
    assert!(!child.has("plain"));
}

/// One that calls no budget has none, and leaves the parent's file alone.
#[test]
fn a_child_without_budgets_has_none() {
    let name = "forks::a_child_without_budgets_has_none";
    let both = || {
        exact();
        fork(|| exit());
        exact();
    };
    let Some(run) = run(name, &[], both) else { return };
    let record = run.passed();
    assert!(record.is_whole);
    assert_eq!(calls(record.at("exact", Some(name))), [2, 2, 0, 0, 0, 0, 0]);
}

/// Of the system, past the C library, which could have told.
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
#[test]
fn a_fork_that_nobody_has_told_of() {
    let name = "forks::a_fork_that_nobody_has_told_of";
    let both = || {
        exact();
        // SAFETY: as of `fork`.
        let child = unsafe { libc::syscall(libc::SYS_fork) };
        if child == 0 {
            exact();
            exit();
        }
        let child = libc::pid_t::try_from(child).unwrap();
        let mut status = 0;
        // SAFETY: the place for the status outlives the call.
        assert_eq!(unsafe { libc::waitpid(child, &raw mut status, 0) }, child);
        exact();
    };
    let Some(run) = run(name, &[], both) else { return };
    assert!(run.output.status.success(), "{:?}", run.output);
    let parent = run.records.iter().find(|record| record.header["forked_from"].is_null()).unwrap();
    assert_eq!(calls(parent.at("exact", Some(name))), [2, 2, 0, 0, 0, 0, 0]);
    assert!(parent.is_whole);
}

/// The file's lock, or that of a table, may be another thread's, which is not in the child.
#[test]
fn the_child_waits_for_no_thread_of_the_parent() {
    let name = "forks::the_child_waits_for_no_thread_of_the_parent";
    let both = || {
        static IS_OVER: AtomicBool = AtomicBool::new(false);
        thread::scope(|threads| {
            for _ in 0..2 {
                threads.spawn(|| {
                    while !IS_OVER.load(Ordering::Relaxed) {
                        thread::scope(|threads| drop(threads.spawn(|| plain(&[1]))));
                    }
                });
            }
            for _ in 0..50 {
                fork(|| {
                    exact();
                    // SAFETY: it takes no pointer. And `exit` would run the parent's other
                    // handlers.
                    unsafe { libc::_exit(7) }
                });
            }
            IS_OVER.store(true, Ordering::Relaxed);
        });
    };
    let Some(run) = run(name, &[], both) else { return };
    assert!(run.output.status.success(), "{:?}", run.output);
    assert_eq!(run.records.len(), 51);
}
