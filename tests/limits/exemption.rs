//! `exempt`, and scopes in it and around it.

use std::cell::Cell;
use std::hint::black_box;
use std::panic;

use alloc_budget::{Budget, Limit, Measurement, exempt, measure};

use super::{numbers, places};

#[test]
fn is_invisible_to_every_scope_around_it() {
    let kept = &Cell::new(Vec::new());
    let ((), outer) = measure(|| {
        let all = Budget::new().max(0).max_bytes(0).max_peak_bytes(0).max_retained_bytes(0);
        let result = all.max_reallocs(0).max_deallocs(0).check(|| {
            exempt(|| {
                let mut block = block!(10);
                block.reserve_exact(20);
                drop(block!(1000));
                kept.set(block);
            });
        });
        assert!(result.is_ok());
    });
    assert_eq!(outer, Measurement::default());
}

#[cfg(not(target_family = "wasm"))] // no call sites
#[test]
fn ends_where_it_ends() {
    let start = line!();
    let overage = Budget::new().max(0).check(|| {
        drop(block!(1));
        exempt(|| drop(block!(2)));
        drop(block!(3));
    });
    let overage = overage.unwrap_err();
    assert_eq!(overage.measurement().allocations, 2);
    assert_eq!(places(&overage), [(start + 2, 1, 1), (start + 4, 1, 3)]);
}

#[cfg(not(target_family = "wasm"))] // no call sites
#[test]
fn a_scope_in_it_enforces_and_lists_only_its_own() {
    let start = line!();
    let outer = Budget::new().max(0).check(|| {
        exempt(|| {
            drop(block!(1));
            let inner = Budget::new().max(1).check(|| {
                drop(block!(2));
                drop(block!(3));
            });
            let inner = inner.unwrap_err();
            assert_eq!(numbers(&inner), [(Limit::Allocations, 2, 1)]);
            assert_eq!(places(&inner), [(start + 6, 1, 3)]);
        });
    });
    assert!(outer.is_ok(), "{outer:?}");
}

#[test]
fn in_an_exemption_is_no_different() {
    let ((), m) = measure(|| {
        exempt(|| {
            exempt(|| drop(block!(1)));
            drop(block!(2));
        });
        drop(block!(3));
    });
    assert_eq!((m.allocations, m.deallocations, m.bytes_allocated, m.peak_bytes), (1, 1, 3, 3));
}

#[test]
fn the_peak_of_a_budget_in_it_is_none_of_the_outer_ones_business() {
    let ((), m) = measure(|| {
        exempt(|| assert!(Budget::new().max_peak_bytes(0).check(|| drop(block!(100))).is_err()));
    });
    assert_eq!(m, Measurement::default());
}

#[test]
fn a_measurement_in_it_is_none_of_the_outer_ones_business() {
    let ((), outer) = measure(|| {
        let before = block!(10);
        let inner = exempt(|| {
            let (kept, inner) = measure(|| {
                drop(block!(1000));
                exempt(|| drop(block!(5000)));
                block!(30)
            });
            drop(kept);
            inner
        });
        assert_eq!((inner.allocations, inner.peak_bytes, inner.retained_bytes), (2, 1000, 30));
        drop(before);
        drop(block!(20));
    });
    assert_eq!((outer.allocations, outer.deallocations), (2, 2));
    assert_eq!((outer.peak_bytes, outer.retained_bytes), (20, 0));
}

/// Each withholds nearly all that there is.
#[test]
fn and_a_budget_may_be_in_each_other_many_times() {
    fn level(depth: u64) {
        let overage = Budget::new().max(1).check(|| {
            drop((block!(1), block!(2)));
            if depth > 0 {
                exempt(|| level(depth - 1));
            }
        });
        assert_eq!(numbers(&overage.unwrap_err()), [(Limit::Allocations, 2, 1)]);
    }
    level(100);
}

#[cfg(not(target_family = "wasm"))] // no unwinding
#[test]
fn ends_with_the_panic_that_leaves_it() {
    let start = line!();
    let overage = Budget::new().max(0).check(|| {
        let payload = panic::catch_unwind(|| {
            exempt(|| {
                exempt(|| drop(block!(1)));
                panic::resume_unwind(Box::new(()));
            });
        });
        assert!(payload.is_err());
        drop(block!(3));
    });
    let overage = overage.unwrap_err();
    assert_eq!(overage.measurement().allocations, 1);
    assert_eq!(places(&overage), [(start + 9, 1, 3)]);
}

/// It counts for no scope, and hides nothing from any.
mod is_noted {
    use std::thread;

    use alloc_budget::{Handle, alloc_budget, records};
    use support::{block_on, pause};

    use super::*;

    fn exempted(m: &Measurement) -> (u64, u64) {
        (m.exempted().allocations, m.exempted().bytes_allocated)
    }

    #[test]
    fn by_every_scope_around_it() {
        let ((), outer) = measure(|| {
            exempt(|| drop(block!(1)));
            let ((), inner) = measure(|| {
                drop(block!(2));
                exempt(|| drop((block!(10), block!(20))));
                exempt(|| ());
            });
            assert_eq!(exempted(&inner), (2, 30));
            let ((), next) = measure(|| drop(block!(3)));
            assert_eq!(exempted(&next), (0, 0));
        });
        assert_eq!((outer.allocations, exempted(&outer)), (2, (3, 31)));
    }

    #[test]
    fn once_where_exemptions_are_in_each_other() {
        let ((), outer) = measure(|| {
            exempt(|| {
                exempt(|| drop(block!(1)));
                drop(block!(2));
                let ((), inner) = measure(|| {
                    drop(block!(4));
                    exempt(|| drop(block!(8)));
                });
                assert_eq!(exempted(&inner), (1, 8));
            });
        });
        assert_eq!((outer.allocations, exempted(&outer)), (0, (4, 15)));
    }

    #[test]
    fn by_the_report() {
        let overage = Budget::new().max(0).check(|| {
            drop(block!(5));
            exempt(|| drop((block!(1000), block!(2000))));
        });
        let overage = overage.unwrap_err();
        let expected = "  allocations   1 of 0      bytes   5\n  exempted   2 allocations, 3 000 bytes\n\n";
        assert!(overage.to_string().contains(expected), "{overage}");
        assert_eq!(exempted(overage.measurement()), (2, 3000));
    }

    #[cfg(not(target_family = "wasm"))] // no unwinding
    #[test]
    fn where_a_panic_leaves_it() {
        let ((), m) = measure(|| {
            let payload = panic::catch_unwind(|| {
                exempt(|| {
                    drop(block!(7));
                    panic::resume_unwind(Box::new(()));
                });
            });
            assert!(payload.is_err());
        });
        assert!(m.exempted().bytes_allocated >= 7, "{m:?}");
    }

    /// Nor what is done to find and write them.
    #[cfg(not(target_family = "wasm"))] // no unwinding
    #[test]
    fn without_what_reports_allocate() {
        let ((), m) = measure(|| {
            for _ in 0..3 {
                let overage = Budget::new().max(0).check(|| drop(block!(1))).unwrap_err();
                black_box(overage.to_string());
            }
            drop(panic::catch_unwind(|| Budget::new().max(0).enforce(|| drop(block!(1)))));
            records();
        });
        assert_eq!(exempted(&m), (0, 0));
    }

    #[test]
    fn across_the_pieces_of_a_future() {
        let future = alloc_budget::measure_future(async {
            exempt(|| drop(block!(1)));
            pause().await;
            exempt(|| drop(block!(2)));
        });
        let (((), inner), outer) = measure(|| block_on(future));
        assert_eq!((exempted(&inner), exempted(&outer)), ((2, 3), (2, 3)));
    }

    #[cfg(not(target_family = "wasm"))] // no threads
    #[test]
    fn in_the_work_of_other_threads() {
        let ((), m) = measure(|| {
            let scope = &Handle::current();
            let work = || scope.run(|| exempt(|| drop(block!(3))));
            exempt(|| thread::scope(|threads| threads.spawn(work).join().unwrap()));
            scope.run(|| exempt(|| drop(block!(4))));
        });
        let ((), without) = measure(|| {
            exempt(|| thread::scope(|threads| threads.spawn(|| ()).join().unwrap()));
        });
        let more = m.exempted().allocations - without.exempted().allocations;
        assert!(more >= 2, "{m:?}, {without:?}");
    }

    #[test]
    fn in_the_records() {
        #[alloc_budget(measure, name = "exempts")]
        fn exempts(bytes: usize) {
            exempt(|| drop(block!(bytes)));
        }
        exempts(5);
        exempts(9);
        exempts(2);
        let records = records();
        let record = records.iter().find(|record| record.name == "exempts").unwrap();
        assert_eq!((record.highest.allocations, exempted(&record.highest)), (0, (1, 9)));
    }
}
