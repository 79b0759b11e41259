//! Scopes in each other, beside each other and in exempt stretches, and how they end.

use std::panic::{self, AssertUnwindSafe};
use std::sync::mpsc;
use std::thread;

use alloc_budget::{Budget, Handle, exempt};
use support::{alone, block, panic_of};

use super::workers::Workers;
use super::{in_use, less, measure_all, numbers, work};

pub(crate) fn scopes_may_be_nested() {
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

pub(crate) fn scopes_may_overlap() {
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

pub(crate) fn scopes_of_one_thread_are_undisturbed() {
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

pub(crate) fn exempt_stretches_of_any_thread_do_not_count() {
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

pub(crate) fn a_scope_inside_an_exempt_stretch_counts() {
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

pub(crate) fn a_panic_closes_the_scope() {
    let overage = Budget::new().max(0).all_threads();
    for _ in 0..3 {
        let panicked = panic_of(|| overage.check(|| -> () { panic!("{}", "of the body") }));
        assert_eq!(panicked.1, "of the body");
        let ((), m) = measure_all(|| work(1));
        assert_eq!(numbers(&m), [2, 3, 0, 1, 2]);
    }
}

pub(crate) fn a_scope_leaves_no_memory_behind_however_it_ends() {
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
    alone("scopes::a_scope_leaves_no_memory_behind_however_it_ends", &[no_cache], repeat);
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

pub(crate) fn an_overage_that_is_caught_does_not_count() {
    assert_eq!(beside_an_overage(|caught| caught()), [4, 9, 0, 2, 4]);
}

pub(crate) fn an_overage_in_an_exempt_stretch_does_not_count() {
    assert_eq!(beside_an_overage(|caught| exempt(caught)), [2, 6, 0, 1, 2]);
}
