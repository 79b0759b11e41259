//! Scopes that are not left in the order in which they were entered, if at all: by coroutines, or
//! by code that forgets.

use std::cell::Cell;
use std::mem::ManuallyDrop;
use std::panic::{self, AssertUnwindSafe};
use std::pin::pin;
use std::task::{Context, Waker};
use std::thread;

use alloc_budget::__macro_support::{AnyExempt, Entry, Limits, Origin, Site, SiteGuard, here, raise};
use alloc_budget::{Budget, Handle, Measurement, WithBudget, exempt, measure};
use support::{assert_work, panic_of, work};

/// As of an annotated function with all limits, whose calls are all judged.
type Scope = SiteGuard<0b11_1111>;

fn enter(max: u64) -> Scope {
    const ORIGIN: &Origin =
        &Origin { module: module_path!(), package: "", is_primary: true, is_test: true, is_debug: true };
    static SITE: Site = Site::new(here(), raise, || {}, ORIGIN).named("in disorder");
    SiteGuard::enter(Entry::new(&SITE, Limits { max, ..Limits::NONE }, AnyExempt))
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

/// What it did before is not all that it did.
#[test]
fn a_future_that_has_been_ended_is_not_green() {
    let outer = Cell::new(Some(enter(100)));
    let future = async {
        work(10);
        drop(outer.take());
    };
    let mut future = pin!(future.with_budget(Budget::new().max_block_bytes(5)));
    let (_, message) = panic_of(|| future.as_mut().poll(&mut Context::from_waker(Waker::noop())));
    assert!(message.contains("cannot be checked: the block waited where"), "{message}");
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
