//! Panics in work that was handed over. They are raised without the hook, which would allocate.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use alloc_budget::{Budget, alloc_budget};

use super::*;

const POINTS: usize = 3;

/// `work(50)`, with a panic at one of its points. What it has is freed by the unwinding.
fn fragile(point: usize) {
    let panic_at = |here| {
        if here == point {
            resume_unwind(Box::new(()));
        }
    };
    panic_at(0);
    let first = block(50);
    panic_at(1);
    let mut second = block(10);
    drop(first);
    second.reserve_exact(30);
    black_box(&second);
    panic_at(2);
}

/// What it did up to there, as (allocations, deallocations, bytes, peak).
const NUMBERS: [(u64, u64, u64, u64); POINTS] = [(0, 0, 0, 0), (1, 1, 50, 50), (3, 3, 90, 60)];

fn caught(f: impl FnOnce()) {
    catch_unwind(AssertUnwindSafe(f)).unwrap_err();
}

/// What the unwinder allocates is measured on the same panic without anything else.
#[track_caller]
fn assert_numbers(m: &Measurement, point: usize, unwinder: &Measurement) {
    let (allocations, deallocations, bytes, peak) = NUMBERS[point];
    assert_eq!(m.allocations - unwinder.allocations, allocations);
    assert_eq!(m.deallocations - unwinder.deallocations, deallocations);
    assert_eq!(m.bytes_allocated - unwinder.bytes_allocated, bytes);
    assert_eq!(m.retained_bytes, unwinder.retained_bytes);
    assert!((peak..=peak + unwinder.peak_bytes).contains(&m.peak_bytes));
}

#[test]
fn caught_in_the_work_they_are_as_elsewhere() {
    let ((), unwinder) = measure(|| caught(|| fragile(0)));
    for point in 0..POINTS {
        let ((), m) = measure(|| {
            let scope = Handle::current();
            on_another_thread(|| scope.run(|| caught(|| fragile(point))));
        });
        assert_numbers(&m, point, &unwinder);
        assert_exact();
    }
}

/// The exception is freed outside of the work.
#[test]
fn work_that_panics_counts() {
    let ((), unwinder) = measure(|| {
        let scope = Handle::current();
        on_another_thread(|| caught(|| scope.run(|| fragile(0))));
    });
    for point in 0..POINTS {
        let ((), m) = measure(|| {
            let scope = Handle::current();
            on_another_thread(|| {
                let ((), there) = measure(|| exempt(|| caught(|| scope.run(|| fragile(point)))));
                assert_work(&there, 0, 50);
                assert_exact();
            });
        });
        assert_numbers(&m, point, &unwinder);
        assert_exact();
    }
}

#[test]
fn a_thread_that_panics_counts() {
    let ((), m) = measure(|| {
        let scope = Handle::current();
        exempt(|| {
            let thread = thread::spawn(move || scope.run(|| fragile(1)));
            thread.join().unwrap_err();
        });
    });
    // The unwinder's may be more.
    assert!(m.allocations >= 1 && m.deallocations == 1, "{m:?}");
    assert_exact();
}

/// A scope that ends by a panic gives no verdict, but those around it have its work.
#[test]
fn the_work_for_a_scope_that_panics_counts_for_those_around_it() {
    #[alloc_budget(max = 0)]
    fn annotated() {
        let scope = Handle::current();
        on_another_thread(|| scope.run(|| work(50)));
        resume_unwind(Box::new(()));
    }
    for _ in 0..100 {
        let ((), m) = measure(|| {
            let unwinder = measure(|| caught(|| fragile(0))).1.allocations;
            let ((), m) = measure(|| caught(annotated));
            assert_eq!((m.allocations, m.deallocations), (3 + unwinder, 3 + unwinder));
            assert_eq!(m.retained_bytes, 0);
        });
        assert_eq!(m.retained_bytes, 0);
        assert_exact();
    }
}

#[test]
fn a_panicking_scope_may_leave_its_helper_behind() {
    for _ in 0..10 {
        let (send, receive) = std::sync::mpsc::channel::<()>();
        let mut helper = None;
        caught(|| {
            Budget::new().max(0).enforce(|| {
                let scope = Handle::current();
                helper = exempt(|| {
                    Some(thread::spawn(move || {
                        scope.run(|| {
                            let first = block(10);
                            let _ = receive.recv();
                            drop(first);
                        });
                    }))
                });
                resume_unwind(Box::new(()));
            });
        });
        assert_exact();
        drop(send);
        helper.unwrap().join().unwrap();
    }
}

/// Its report is made on the thread of the scope.
#[test]
fn an_overage_of_a_scope_in_the_work_is_a_panic_there() {
    #[alloc_budget(max = 2)]
    fn short() {
        let scope = Handle::current();
        on_another_thread(|| scope.run(|| work(50)));
    }
    let ((), m) = measure(|| {
        let scope = Handle::current();
        on_another_thread(|| {
            scope.run(|| {
                let payload = catch_unwind(short).unwrap_err();
                let message: Box<String> = payload.downcast().unwrap();
                assert!(message.contains("allocations   3 of 2"), "{message}");
            });
        });
    });
    // The panic counts nowhere.
    assert_work(&m, 1, 50);
}
