//! Threads of std.

use std::cell::RefCell;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::mpsc;

use alloc_budget::{Budget, Totals, alloc_budget};
use support::panic_of;

use super::*;

const fn assert_is<T: Send + Sync + Clone + Unpin + UnwindSafe + RefUnwindSafe + 'static>() {}
const _: () = assert_is::<Handle>();

#[test]
fn a_joined_thread_counts() {
    for _ in 0..100 {
        let ((), m) = measure(|| {
            let scope = Handle::current();
            on_another_thread(|| scope.run(|| work(50)));
        });
        assert_work(&m, 1, 50);
    }
}

#[test]
fn without_a_handle_it_does_not() {
    let ((), m) = measure(|| on_another_thread(|| work(50)));
    assert_work(&m, 0, 50);
}

#[test]
fn threads_at_the_same_time_count() {
    for _ in 0..100 {
        let ((), m) = measure(|| {
            let scope = Handle::current();
            exempt(|| {
                thread::scope(|threads| {
                    for _ in 0..8 {
                        threads.spawn(|| (0..10).for_each(|_| scope.run(|| work(50))));
                    }
                });
            });
            work(50);
        });
        assert_overlapping_work(&m, 81, 50);
    }
}

#[test]
fn threads_that_own_their_handle_count() {
    let ((), m) = measure(|| {
        let scope = Handle::current();
        exempt(|| {
            let threads = [1, 2, 3].map(|times| {
                let scope = scope.clone();
                thread::spawn(move || (0..times).for_each(|_| scope.run(|| work(50))))
            });
            for thread in threads {
                thread.join().unwrap();
            }
        });
    });
    assert_overlapping_work(&m, 6, 50);
}

/// A scope that waits for its work in some other way.
#[test]
fn a_thread_that_is_heard_of_counts() {
    let (jobs, to_do) = mpsc::channel::<(Handle, usize)>();
    let (done, is_done) = mpsc::channel();
    let worker = thread::spawn(move || {
        for (scope, times) in to_do {
            scope.run(|| (0..times).for_each(|_| work(50)));
            done.send(()).unwrap();
        }
    });
    for times in 0..100 {
        let ((), m) = measure(|| {
            let scope = Handle::current();
            exempt(|| {
                jobs.send((scope, times)).unwrap();
                is_done.recv().unwrap();
            });
        });
        assert_work(&m, times as u64, 50);
    }
    drop(jobs);
    worker.join().unwrap();
}

#[test]
fn an_annotated_function_has_its_helpers_counted() {
    #[alloc_budget(
        max = 3,
        max_bytes = 90,
        max_peak_bytes = 60,
        max_retained_bytes = 0,
        max_reallocs = 1,
        max_deallocs = 3
    )]
    fn exact() {
        let scope = Handle::current();
        on_another_thread(|| scope.run(|| work(50)));
    }
    #[alloc_budget(max = 2)]
    fn short() {
        let scope = Handle::current();
        on_another_thread(|| scope.run(|| work(50)));
    }
    exact();
    let (_, message) = panic_of(short);
    assert!(message.contains("allocations   3 of 2"), "{message}");
}

/// Every limit as it is, and one less.
#[test]
fn limits_are_compared_with_the_sum() {
    let run = |budget: Budget| {
        budget.check(|| {
            let scope = Handle::current();
            work(50);
            for _ in 0..2 {
                on_another_thread(|| scope.run(|| work(50)));
            }
            let kept = on_another_thread(|| scope.run(|| block(20)));
            exempt(|| drop(kept));
        })
    };
    let new = Budget::new();
    // The thread's own peak, and that of its helpers.
    let cases: [(&dyn Fn(u64) -> Budget, u64); 6] = [
        (&|value| new.max(value), 10),
        (&|value| new.max_bytes(value), 290),
        (&|value| new.max_peak_bytes(value), 120),
        (&|value| new.max_retained_bytes(value), 20),
        (&|value| new.max_reallocs(value), 3),
        (&|value| new.max_deallocs(value), 9),
    ];
    for (budget, value) in cases {
        assert!(run(budget(value)).is_ok(), "{value}");
        let overage = run(budget(value - 1)).unwrap_err();
        let exceeded: Vec<_> = overage.exceeded().map(|e| (e.actual, e.allowed)).collect();
        assert_eq!(exceeded, [(value, value - 1)]);
    }
}

#[test]
fn scopes_around_the_one_of_the_handle_count() {
    for _ in 0..100 {
        let ((inner, between), outer) = measure(|| {
            let (inner, between) = measure(|| {
                let ((), inner) = measure(|| {
                    let scope = Handle::current();
                    on_another_thread(|| scope.run(|| work(50)));
                });
                on_another_thread(|| work(50));
                inner
            });
            work(50);
            (inner, between)
        });
        assert_work(&inner, 1, 50);
        assert_work(&between, 1, 50);
        assert_work(&outer, 2, 50);
    }
}

/// Nothing but the inner function's work takes the outer one past its limit, and nothing comes
/// after it.
#[test]
fn functions_around_the_one_of_the_handle_get_their_verdict() {
    #[alloc_budget(max = 3)]
    fn inner() {
        let scope = Handle::current();
        on_another_thread(|| scope.run(|| work(50)));
    }
    #[alloc_budget(max = 2)]
    fn around_it() {
        inner();
    }
    #[alloc_budget(max_reallocs = 0)]
    fn of_something_else() {
        inner();
    }
    inner();
    for (function, numbers) in
        [(around_it as fn(), "allocations   3 of 2"), (of_something_else, "reallocations   1 of 0")]
    {
        let (_, message) = panic_of(function);
        assert!(message.contains(numbers), "{message}");
    }
    assert_exact();
}

#[test]
fn a_handle_on_its_own_thread_counts_once() {
    let ((), m) = measure(|| {
        let scope = Handle::current();
        scope.run(|| scope.run(|| Handle::current().run(|| work(50))));
    });
    assert_work(&m, 1, 50);
}

#[test]
fn a_handle_in_the_work_for_it_counts_once() {
    for _ in 0..100 {
        let ((), m) = measure(|| {
            let scope = Handle::current();
            on_another_thread(|| {
                scope.run(|| {
                    work(50);
                    scope.run(|| work(50));
                    let same = Handle::current();
                    same.run(|| work(50));
                    on_another_thread(|| same.run(|| work(50)));
                });
            });
        });
        assert_eq!((m.allocations, m.reallocations, m.deallocations), (12, 4, 12));
        assert_eq!((m.bytes_allocated, m.retained_bytes), (4 * 90, 0));
    }
}

/// What is handed on by a scope inside the work counts there too.
#[test]
fn scopes_in_the_work_count() {
    for _ in 0..100 {
        let (inner, m) = measure(|| {
            let scope = Handle::current();
            on_another_thread(|| {
                scope.run(|| {
                    let ((), inner) = measure(|| {
                        let scope = Handle::current();
                        on_another_thread(|| scope.run(|| work(50)));
                    });
                    work(50);
                    inner
                })
            })
        });
        assert_work(&inner, 1, 50);
        assert_work(&m, 2, 50);
    }
}

/// The thread that works has scopes of its own, or the one that is worked for has inner ones: they
/// have no part in it.
#[test]
fn no_other_scope_counts() {
    let ((elsewhere, inner), m) = measure(|| {
        let scope = Handle::current();
        let ((), elsewhere) = on_another_thread(|| measure(|| scope.run(|| work(50))));
        let ((), inner) = measure(|| scope.run(|| work(50)));
        (elsewhere, inner)
    });
    assert_work(&elsewhere, 0, 50);
    assert_work(&inner, 0, 50);
    assert_work(&m, 2, 50);
}

/// Where the scope around it has a limit on retained bytes, every block that it frees is looked at.
/// Afterwards they are not.
#[test]
fn a_scope_that_is_handed_on_leaves_the_one_around_exact() {
    let [first, second, third] = [block(1), block(2), block(3)];
    let around = Budget::new().max_retained_bytes(0).max_deallocs(3);
    // What scopes before have withheld at the same depth.
    let before = Budget::new().max_deallocs(0).check(|| Budget::new().max_deallocs(7).check(|| ()).is_ok());
    assert!(before.is_ok());
    let result = around.check(|| {
        let ((), m) = measure(|| {
            let _scope = Handle::current();
            drop(first);
        });
        assert_eq!(m.deallocations, 1);
        drop(second);
        let ((), m) = measure(|| drop(third));
        assert_eq!(m.deallocations, 1);
    });
    assert!(result.is_ok(), "{result:?}");
    assert_exact();
}

/// Both are worked for on the same thread, one inside the other. The outer one sees the inner one's
/// results at the end, so it must not see the work.
#[test]
fn the_work_for_a_scope_in_the_work_for_the_one_around_it_counts_once() {
    for _ in 0..100 {
        let (inner, outer) = measure(|| {
            let outer = Handle::current();
            let ((), inner) = measure(|| {
                let inner = Handle::current();
                on_another_thread(|| {
                    outer.run(|| {
                        work(50);
                        measure(|| inner.run(|| work(50))).1
                    })
                });
            });
            inner
        });
        assert_work(&inner, 1, 50);
        assert_overlapping_work(&outer, 2, 50);
    }
}

#[test]
fn exempt_has_no_say_in_it_but_inside() {
    let ((), m) = measure(|| {
        let scope = Handle::current();
        exempt(|| scope.run(|| work(50)));
        on_another_thread(|| scope.run(|| exempt(|| work(60))));
        on_another_thread(|| exempt(|| scope.run(|| work(50))));
    });
    assert_work(&m, 2, 50);
}

#[test]
fn the_handle_of_no_scope_counts_nowhere() {
    let of_none = Handle::current();
    let ((), m) = measure(|| {
        of_none.run(|| work(50));
        on_another_thread(|| of_none.run(|| work(50)));
        // What is exempt is in no scope.
        exempt(Handle::current).run(|| work(50));
    });
    assert_work(&m, 0, 50);
    let ((), inside) = of_none.run(|| measure(|| work(50)));
    assert_work(&inside, 1, 50);
}

#[test]
fn a_handle_is_no_allocation() {
    let ((), m) = measure(|| {
        let handles: [Handle; 4] = std::array::from_fn(|_| Handle::current());
        let clones = handles.clone();
        let ((), there) = on_another_thread(|| measure(|| drop(clones)));
        assert_work(&there, 0, 0);
    });
    assert_work(&m, 0, 0);
}

/// The last one to have it is another thread.
#[test]
fn dropping_a_handle_later_is_no_deallocation() {
    let (scope, m) = measure(Handle::current);
    assert_work(&m, 0, 0);
    let ((), m) = on_another_thread(|| measure(|| drop(scope)));
    assert_work(&m, 0, 0);
    assert_exact();
}

#[test]
fn a_thread_local_may_have_a_handle_to_the_end_of_its_thread() {
    struct AtExit(Handle);
    impl Drop for AtExit {
        fn drop(&mut self) {
            self.0.run(|| work(50));
        }
    }
    thread_local!(static AT_EXIT: RefCell<Option<AtExit>> = const { RefCell::new(None) });
    let ((), m) = measure(|| {
        let scope = Handle::current();
        exempt(|| {
            let thread = thread::spawn(move || {
                scope.run(|| work(50));
                AT_EXIT.with_borrow_mut(|at_exit| *at_exit = Some(AtExit(scope)));
            });
            thread.join().unwrap();
        });
    });
    assert_work(&m, 2, 50);
}

/// What a thread does for others is something that it does.
#[test]
fn totals_have_all_that_a_thread_did() {
    let ((), _) = measure(|| {
        let scope = Handle::current();
        on_another_thread(|| {
            let before = Totals::now();
            measure(|| scope.run(|| work(50)));
            let after = Totals::now();
            assert_eq!(after.allocations - before.allocations, 3);
            assert_eq!(after.bytes_allocated - before.bytes_allocated, 90);
        });
    });
}

/// A block is freed by another thread than the one that allocated it, each for the scope.
#[test]
fn blocks_may_change_hands() {
    for _ in 0..100 {
        let ((), m) = measure(|| {
            let scope = Handle::current();
            let [here, there] = [block(10), on_another_thread(|| scope.run(|| block(20)))];
            on_another_thread(|| scope.run(|| drop(here)));
            drop(there);
        });
        assert_eq!((m.allocations, m.deallocations), (2, 2));
        assert_eq!((m.bytes_allocated, m.retained_bytes), (30, 0));
    }
}
