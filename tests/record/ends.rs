//! However a process ends: what was written stays.

use std::cell::Cell;
use std::panic::catch_unwind;
use std::process::{abort, exit};
use std::thread;
use std::time::Duration;

use alloc_budget::{Budget, OnOverage};

use crate::budgets::*;
use crate::process::{Record, calls, run};

/// What the helper threads of a test have done is written when they end.
fn a_thread_has_ended() {
    thread::spawn(|| plain(&[1])).join().unwrap();
    exact();
}

#[track_caller]
fn assert_incomplete(record: &Record) {
    assert!(!record.is_whole);
    assert_eq!(calls(record.at("plain", None)), [1, 1, 0, 0, 0, 0, 0]);
}

#[test]
fn by_exit() {
    let name = "ends::by_exit";
    let end = || {
        a_thread_has_ended();
        exit(7);
    };
    let Some(run) = run(name, &[], end) else { return };
    assert_eq!(run.output.status.code(), Some(7));
    let record = run.one();
    assert!(record.is_whole);
    assert_eq!(calls(record.at("plain", None)), [1, 1, 0, 0, 0, 0, 0]);
    assert_eq!(calls(record.at("exact", Some(name))), [1, 1, 0, 0, 0, 0, 0]);
}

/// A call that never comes to its end is a call.
#[test]
fn by_exit_in_a_call() {
    let name = "ends::by_exit_in_a_call";
    let end = || {
        Budget::new().max(1).name("exits").enforce(|| exit(0));
    };
    let Some(run) = run(name, &[], end) else { return };
    let record = run.one();
    assert!(record.is_whole);
    assert_eq!(calls(record.at("exits", Some(name))), [1, 0, 0, 0, 0, 0, 0]);
}

#[test]
fn by_a_failed_test() {
    let name = "ends::by_a_failed_test";
    let end = || {
        exact();
        panic!("on purpose");
    };
    let Some(run) = run(name, &[], end) else { return };
    assert_eq!(run.output.status.code(), Some(101));
    let record = run.one();
    assert!(record.is_whole);
    assert_eq!(calls(record.at("exact", Some(name))), [1, 1, 0, 0, 0, 0, 0]);
}

#[test]
fn by_abort() {
    let end = || {
        a_thread_has_ended();
        abort();
    };
    let Some(run) = run("ends::by_abort", &[], end) else { return };
    assert!(!run.output.status.success());
    assert_incomplete(&run.one());
}

/// What the thread has done that aborts is there as well.
#[test]
fn by_an_overage_that_aborts() {
    let name = "ends::by_an_overage_that_aborts";
    let end = || {
        a_thread_has_ended();
        Budget::new().max(0).name("aborts").on_overage(OnOverage::Abort).enforce(|| allocate(1));
    };
    let Some(run) = run(name, &[], end) else { return };
    assert!(!run.output.status.success());
    let record = run.one();
    assert_incomplete(&record);
    assert_eq!(record.overages("aborts").len(), 1);
    assert_eq!(calls(record.at("aborts", Some(name))), [1, 1, 0, 0, 0, 0, 1]);
    assert_eq!(calls(record.at("exact", Some(name))), [1, 1, 0, 0, 0, 0, 0]);
}

#[cfg(unix)]
#[test]
fn by_a_signal() {
    let end = || {
        a_thread_has_ended();
        // SAFETY: ends the process.
        unsafe { libc::kill(libc::getpid(), libc::SIGKILL) };
    };
    let Some(run) = run("ends::by_a_signal", &[], end) else { return };
    assert!(!run.output.status.success());
    assert_incomplete(&run.one());
}

/// It looks well, and nothing was asked.
#[cfg(unix)]
#[test]
fn at_once() {
    let end = || {
        a_thread_has_ended();
        // SAFETY: ends the process.
        unsafe { libc::_exit(0) };
    };
    let Some(run) = run("ends::at_once", &[], end) else { return };
    assert!(run.output.status.success());
    assert_incomplete(&run.one());
}

/// Whoever lives long writes about once a second, whichever threads are still there.
#[test]
fn a_killed_process_has_written_before() {
    let name = "ends::a_killed_process_has_written_before";
    let end = || {
        thread::spawn(|| {
            measured(3);
            thread::sleep(Duration::from_secs(3600));
        });
        for _ in 0..13 {
            exact();
            thread::sleep(Duration::from_millis(100));
        }
        abort();
    };
    let Some(run) = run(name, &[], end) else { return };
    let record = run.one();
    assert!(!record.is_whole);
    assert_eq!(record.at("measured", None)["calls"], 1);
    assert!(record.at("exact", Some(name))["calls"].as_u64() >= Some(1));
}

/// Threads that are never joined: the pools of executors.
#[test]
fn while_threads_run() {
    let name = "ends::while_threads_run";
    let end = || {
        let (done, all) = std::sync::mpsc::channel();
        for n in 0..20 {
            let done = done.clone();
            thread::spawn(move || {
                (0..n).for_each(|_| exact());
                done.send(()).unwrap();
                loop {
                    thread::sleep(Duration::from_secs(3600));
                }
            });
        }
        all.into_iter().take(20).for_each(drop);
    };
    let Some(run) = run(name, &[], end) else { return };
    let record = run.passed();
    assert!(record.is_whole);
    assert_eq!(record.at("exact", None)["judged"], (0..20).sum::<u64>());
}

/// A destructor that runs after the thread has given back its table.
#[test]
fn in_the_last_destructor_of_a_thread() {
    struct Late(Cell<u32>);
    impl Drop for Late {
        fn drop(&mut self) {
            plain(&[1, 2]);
        }
    }
    thread_local!(static LATE: Late = const { Late(Cell::new(0)) });
    let end = || {
        thread::spawn(|| {
            // Registered first, it runs last.
            LATE.with(|late| late.0.set(1));
            exact();
        })
        .join()
        .unwrap();
        assert!(catch_unwind(|| over(1)).is_err());
    };
    let Some(run) = run("ends::in_the_last_destructor_of_a_thread", &[], end) else { return };
    let record = run.passed();
    assert_eq!(record.at("plain", None)["judged"], 1);
    assert_eq!(record.at("exact", None)["judged"], 1);
}
