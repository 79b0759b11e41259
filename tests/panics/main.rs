//! Overages and other panics: each is reported as what it is, and leaves every counter exact.

use std::hint::black_box;
use std::panic::{self, AssertUnwindSafe};
use std::thread;

use alloc_budget::{Budget, Measurement, OnOverage, alloc_budget, measure, records};
use support::{alone, block, text};

/// Two allocations (110 bytes, peak 60), one of them a reallocation, and two deallocations.
fn work() {
    let mut block = block(50);
    block.reserve_exact(60);
    drop(black_box(block));
}

fn assert_work(m: &Measurement, calls: u64) {
    assert_eq!((m.allocations, m.reallocations, m.deallocations), (2 * calls, calls, 2 * calls));
    assert_eq!((m.bytes_allocated, m.peak_bytes, m.retained_bytes), (110 * calls, 60, 0));
}

#[alloc_budget(max = 0)]
fn exceed() {
    work();
}

/// The message of the panic that `f` ends with.
fn message(f: impl FnOnce()) -> String {
    let payload = panic::catch_unwind(AssertUnwindSafe(f)).expect_err("a panic");
    text(&*payload).to_owned()
}

mod an_overage {
    use super::*;

    #[test]
    #[should_panic(expected = "allocation budget exceeded: `exceed`")]
    fn of_a_function_is_a_panic() {
        exceed();
    }

    #[test]
    #[should_panic(expected = "allocations   2 of 0")]
    fn of_a_closure_is_a_panic() {
        Budget::new().max(0).enforce(work);
    }

    #[test]
    #[should_panic(expected = "allocation budget exceeded: `an_overage::of_a_test_is_its_panic`")]
    #[alloc_budget(max = 1)]
    fn of_a_test_is_its_panic() {
        work();
    }

    #[test]
    fn is_raised_when_the_function_is_done() {
        #[alloc_budget(max = 0)]
        fn late(done: &mut bool) {
            work();
            *done = true;
        }
        let mut done = false;
        assert!(message(|| late(&mut done)).starts_with("allocation budget exceeded: `"));
        assert!(done);
    }

    #[test]
    fn disturbs_no_other_thread() {
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| (0..50).for_each(|_| assert!(panic::catch_unwind(exceed).is_err())));
                scope.spawn(|| {
                    for _ in 0..500 {
                        assert_work(&measure(work).1, 1);
                        Budget::new().max(2).max_peak_bytes(60).max_retained_bytes(0).enforce(work);
                    }
                });
            }
        });
    }

    #[test]
    fn ends_a_thread_as_any_panic_does() {
        let payload = thread::spawn(exceed).join().unwrap_err();
        assert!(text(&*payload).starts_with("allocation budget exceeded: `exceed`"));
        let ((), m) = measure(work);
        assert_work(&m, 1);
    }

    #[test]
    fn caught_a_thousand_times_leaves_every_counter_exact() {
        let ((), m) = measure(|| {
            for _ in 0..500 {
                assert!(panic::catch_unwind(exceed).is_err());
                let enforce = || Budget::new().max_bytes(0).enforce(work);
                assert!(panic::catch_unwind(enforce).is_err());
            }
        });
        assert_work(&m, 1000);
    }

    #[test]
    fn caught_a_thousand_times_in_each_other_leaves_every_counter_exact() {
        #[alloc_budget(max = 2 * depth - 1)]
        fn level(depth: u64) {
            work();
            if depth > 1 {
                assert!(panic::catch_unwind(|| level(depth - 1)).is_err());
            }
        }
        for depth in [1, 2, 10] {
            let numbers = format!("allocations   {} of {}", 2 * depth, 2 * depth - 1);
            let ((), m) = measure(|| {
                for _ in 0..100 {
                    let payload = panic::catch_unwind(|| level(depth)).unwrap_err();
                    assert!(text(&*payload).contains(&numbers), "{}", text(&*payload));
                }
            });
            assert_work(&m, 100 * depth);
        }
    }

    #[test]
    fn caught_in_a_budget_leaves_its_verdict_exact() {
        let caught = || {
            assert!(panic::catch_unwind(exceed).is_err());
            work();
        };
        let exact = Budget::new().max(4).max_bytes(220).max_peak_bytes(60).max_retained_bytes(0);
        let exact = exact.max_reallocs(2).max_deallocs(4);
        exact.check(caught).unwrap();
        let overage = exact.max(3).check(caught).unwrap_err();
        assert_work(overage.measurement(), 2);
        assert_eq!(overage.exceeded().count(), 1);
    }

    #[test]
    fn that_is_only_a_warning_leaves_every_counter_exact() {
        #[alloc_budget(max = 0, on_overage = warn)]
        fn warn() {
            work();
        }
        alone("an_overage::that_is_only_a_warning_leaves_every_counter_exact", &[], || {
            let ((), m) = measure(|| {
                warn();
                Budget::new().max(0).on_overage(OnOverage::Warn).enforce(work);
            });
            assert_work(&m, 2);
        });
    }

    /// The payload is the program's to keep, and no part of what it measures.
    #[test]
    fn kept_by_its_catcher_is_not_a_block_of_the_budget() {
        let (payload, m) = measure(|| {
            let payload = panic::catch_unwind(exceed).unwrap_err();
            work();
            payload
        });
        assert_eq!((m.allocations, m.reallocations, m.bytes_allocated), (4, 2, 220));
        assert!(m.peak_bytes >= 60);
        assert!(text(&*payload).contains("allocations   2 of 0"));
    }
}

/// As long as it is kept: this much is left behind, whatever else was done.
#[test]
fn the_payload_of_an_overage_is_retained_by_its_catcher() {
    for works in [false, true] {
        let mut payload = None;
        let overage = Budget::new().max_retained_bytes(0).check(|| {
            payload = panic::catch_unwind(exceed).err();
            if works {
                work();
            }
        });
        assert!(overage.unwrap_err().measurement().retained_bytes > 0);
        drop(payload);
    }
}

mod a_panic_of_the_body {
    use super::*;

    #[alloc_budget(max = 0)]
    fn fail(message: &'static str) {
        work();
        panic!("{message}");
    }

    #[test]
    fn is_reported_as_itself() {
        assert_eq!(message(|| fail("the body's own")), "the body's own");
        let enforce = || Budget::new().max(0).enforce(|| fail("the closure's own"));
        assert_eq!(message(enforce), "the closure's own");
        let check = || drop(Budget::new().max(0).check(|| fail("not an error")));
        assert_eq!(message(check), "not an error");
    }

    #[test]
    #[should_panic(expected = "index out of bounds")]
    fn is_reported_as_itself_to_the_test_harness() {
        #[alloc_budget(max = 0)]
        fn item(of: &[u8]) -> u8 {
            work();
            of[black_box(3)]
        }
        item(&[]);
    }

    /// Without the panic hook, a panic allocates the same every time.
    #[test]
    fn caught_a_thousand_times_leaves_every_counter_exact() {
        #[alloc_budget(max = 0, max_retained_bytes = 0, max_deallocs = 0)]
        fn budgeted() {
            plain();
        }
        fn plain() {
            work();
            panic::resume_unwind(Box::new(7_u64));
        }
        let caught = |f: fn()| {
            measure(|| {
                for _ in 0..1000 {
                    let payload = panic::catch_unwind(f).unwrap_err();
                    assert!(payload.is::<u64>());
                }
            })
        };
        let ((), expected) = caught(plain);
        let ((), m) = caught(budgeted);
        assert_eq!(m, expected);
        assert_eq!((m.reallocations, m.retained_bytes, m.retained_blocks()), (1000, 0, 0));
    }

    #[test]
    fn through_the_hook_leaves_later_scopes_exact() {
        let ((), outer) = measure(|| {
            for _ in 0..1000 {
                assert!(panic::catch_unwind(|| fail("again")).is_err());
            }
            assert_work(&measure(work).1, 1);
            Budget::new().max(2).max_peak_bytes(60).max_retained_bytes(0).enforce(work);
        });
        assert!(outer.allocations >= 2 * 1002, "the panics are the body's, and count");
    }

    #[test]
    fn goes_through_a_hundred_scopes() {
        #[alloc_budget(max = 0, max_retained_bytes = 0)]
        fn level(depth: u64) {
            let block = block(1);
            let ((), _) = measure(|| {
                if depth > 1 {
                    level(depth - 1);
                }
                panic!("from the bottom");
            });
            drop(block);
        }
        for _ in 0..3 {
            assert_eq!(message(|| level(50)), "from the bottom");
            let ((), m) = measure(work);
            assert_work(&m, 1);
        }
    }

    #[test]
    fn caught_inside_does_not_spare_the_budget() {
        #[alloc_budget(max = allowed)]
        fn recover(allowed: u64) {
            assert!(panic::catch_unwind(|| panic::resume_unwind(Box::new(()))).is_err());
            work();
        }
        let ((), m) = measure(|| recover(100));
        recover(m.allocations);
        let message = message(|| recover(m.allocations - 1));
        let numbers = format!("allocations   {} of {}", m.allocations, m.allocations - 1);
        assert!(message.contains(&numbers), "{message}");
    }

    #[test]
    fn is_not_recorded_as_a_call_that_returned() {
        #[alloc_budget(measure, name = "sometimes returns")]
        fn sometimes(returns: bool) {
            work();
            assert!(returns, "it does not return");
        }
        for returns in [true, false, true] {
            let result = panic::catch_unwind(|| sometimes(returns));
            assert_eq!(result.is_ok(), returns);
        }
        let records = records();
        let record = records.iter().find(|record| record.name == "sometimes returns").unwrap();
        assert_eq!(record.calls, 2);
        assert_work(&record.highest, 1);
    }
}

mod while_a_panic_unwinds {
    use super::*;

    struct OnDrop<F: FnMut()>(F);

    impl<F: FnMut()> Drop for OnDrop<F> {
        fn drop(&mut self) {
            (self.0)();
        }
    }

    #[test]
    fn an_overage_in_a_destructor_is_no_second_panic() {
        alone("while_a_panic_unwinds::an_overage_in_a_destructor_is_no_second_panic", &[], || {
            let mut after = false;
            let first = message(|| {
                let _exceeds = OnDrop(|| {
                    exceed();
                    after = true;
                });
                panic!("first");
            });
            assert_eq!(first, "first");
            assert!(after);
        });
    }

    #[test]
    fn an_overage_of_a_closure_is_no_second_panic() {
        alone("while_a_panic_unwinds::an_overage_of_a_closure_is_no_second_panic", &[], || {
            let mut after = false;
            let first = message(|| {
                let _exceeds = OnDrop(|| {
                    Budget::new().max(0).enforce(work);
                    after = true;
                });
                panic!("first");
            });
            assert_eq!(first, "first");
            assert!(after);
        });
    }

    /// Nor is it said, nor does it abort: there is no verdict.
    #[test]
    fn an_overage_is_not_acted_on() {
        alone("while_a_panic_unwinds::an_overage_is_not_acted_on", &[], || {
            for action in [OnOverage::Abort, OnOverage::Warn] {
                let first = message(|| {
                    let _exceeds = OnDrop(|| Budget::new().max(0).on_overage(action).enforce(work));
                    panic!("first");
                });
                assert_eq!(first, "first");
            }
        });
    }

    #[test]
    fn an_overage_behind_an_overage_is_no_second_panic() {
        alone("while_a_panic_unwinds::an_overage_behind_an_overage_is_no_second_panic", &[], || {
            #[alloc_budget(max = 1, name = "first")]
            fn first() {
                exceed_on_drop();
            }
            #[alloc_budget(max = 0, name = "second")]
            fn exceed_on_drop() {
                let _exceeds = OnDrop(exceed);
                work();
            }
            // The destructor panics on its own while nothing else unwinds; the functions around it
            // don't add to it.
            assert!(message(first).contains("`exceed`"));
            assert_work(&measure(work).1, 1);
        });
    }

    #[test]
    fn a_destructor_is_measured_as_ever() {
        let mut seen = Vec::with_capacity(2);
        let mut verdict = None;
        message(|| {
            let _measures = OnDrop(|| {
                #[alloc_budget(max = 2, max_retained_bytes = 0)]
                fn within() {
                    work();
                }
                seen.push(measure(within).1);
                verdict = Some(Budget::new().max(1).check(work));
                seen.push(measure(work).1);
            });
            panic!("first");
        });
        for m in seen {
            assert_work(&m, 1);
        }
        assert_work(verdict.unwrap().unwrap_err().measurement(), 1);
    }

    #[test]
    fn a_scope_around_what_unwinds_in_it_stays_exact() {
        let ((), m) = measure(|| {
            let payload = panic::catch_unwind(|| {
                let _works = OnDrop(|| Budget::new().max(2).enforce(work));
                exceed();
            });
            assert!(payload.is_err());
        });
        assert_eq!((m.allocations, m.reallocations, m.deallocations), (4, 2, 4));
        assert_eq!((m.bytes_allocated, m.retained_bytes), (220, 0));
        // The payload is live while the destructor works.
        assert!(m.peak_bytes >= 60);
    }
}
