//! `max_exempt`: how much a budget lets `exempt` leave out.

use std::cell::Cell;
use std::thread;

use alloc_budget::{Handle, IterWithBudget as _, WithBudget as _, exempt};
use support::{block_on, pause};

use super::*;

fn exempts(times: usize) {
    for _ in 0..times {
        exempt(|| drop(block!(1000)));
    }
}

/// How many were exempted, and how many may be, where that is too many.
fn exceeded(overage: &Overage) -> Option<(u64, u64)> {
    Some((overage.measurement().exempted().allocations, overage.exceeded_max_exempt()?))
}

fn checked(allowed: u64, f: impl FnOnce()) -> Option<(u64, u64)> {
    let result = Budget::new().max(0).max_exempt(allowed).check(f);
    result.err().map(|overage| exceeded(&overage).unwrap())
}

#[test]
fn allows_so_many_and_not_one_more() {
    assert_eq!(checked(2, || exempts(2)), None);
    assert_eq!(checked(2, || exempts(3)), Some((3, 2)));
    assert_eq!(checked(0, || exempts(0)), None);
    assert_eq!(checked(0, || exempt(|| ())), None);
    assert_eq!(checked(0, || exempts(1)), Some((1, 0)));
    assert_eq!(checked(u64::MAX, || exempts(9)), None);
}

#[test]
fn counts_a_reallocation_too() {
    let grow = || {
        exempt(|| {
            let mut block = block!(10);
            block.reserve_exact(20);
            black_box(block);
        });
    };
    assert_eq!(checked(1, grow), Some((2, 1)));
}

#[test]
fn is_a_limit_without_others() {
    let overage = Budget::new().max_exempt(0).check(|| exempts(1)).unwrap_err();
    assert_eq!(exceeded(&overage), Some((1, 0)));
}

#[test]
fn is_data_apart_from_the_limits_with_call_sites() {
    let overage = Budget::new().max(0).max_exempt(1).check(|| exempts(2)).unwrap_err();
    assert_eq!((exceeded(&overage), numbers(&overage), places(&overage)), (Some((2, 1)), vec![], vec![]));

    let other = Budget::new().max(0).max_exempt(1).check(|| drop(block!(1))).unwrap_err();
    assert_eq!((exceeded(&other), numbers(&other)), (None, vec![(Limit::Allocations, 1, 0)]));
}

#[test]
fn has_a_line_of_the_report_and_a_help() {
    let budget = Budget::new().max(1).max_exempt(1).name("frame");
    let alone = budget.check(|| exempts(2)).unwrap_err();
    let expected = "\
allocation budget exceeded: `frame`

  allocations   0      bytes   0
  exempted   2 of 1 allocations, 2 000 bytes

help: raise the budget to `max_exempt = 2`, or exempt less";
    assert_eq!(alone.to_string(), expected);

    let both = budget.check(|| {
        exempts(3);
        drop((block!(5), block!(6)));
    });
    let both = both.unwrap_err().to_string();
    let numbers = "  allocations   2 of 1      bytes   11\n  exempted   3 of 1 allocations, 3 000 bytes\n\n";
    assert!(both.contains(numbers), "{both}");
    assert!(both.contains("help: raise the budget to `max = 2, max_exempt = 3`"), "{both}");
}

#[test]
fn judges_each_scope_by_what_was_exempted_in_it() {
    let inner = Cell::new(None);
    let outer = checked(1, || {
        exempts(1);
        inner.set(checked(1, || exempts(1)));
    });
    assert_eq!((inner.take(), outer), (None, Some((2, 1))));

    let outer = checked(1, || {
        exempt(|| {
            inner.set(checked(0, || exempts(1)));
        });
        inner.set(checked(0, || ()));
    });
    assert_eq!((inner.take(), outer), (None, None));
}

#[cfg(not(target_family = "wasm"))] // no threads
#[test]
fn judges_the_work_of_other_threads() {
    let handed = |times: usize| {
        let scope = &Handle::current();
        let work = || scope.run(|| exempts(times));
        exempt(|| thread::scope(|threads| threads.spawn(work).join().unwrap()));
    };
    let start = checked(0, || handed(0)).unwrap().0;
    assert_eq!(checked(start + 2, || handed(2)), None);
    let (exempted, allowed) = checked(start + 2, || handed(100)).unwrap();
    assert!(exempted >= 100 && allowed == start + 2, "{exempted} of {allowed}");
}

#[cfg(not(target_family = "wasm"))] // no unwinding
#[test]
fn judges_a_future_when_it_is_ready() {
    async fn pieces() {
        exempts(1);
        pause().await;
        exempts(1);
    }
    let check = |allowed| block_on(Budget::new().max_exempt(allowed).check_future(pieces()));
    assert!(check(2).is_ok());
    assert_eq!(exceeded(&check(1).unwrap_err()), Some((2, 1)));

    let enforce = |allowed| block_on(pieces().with_budget(Budget::new().max_exempt(allowed)));
    enforce(2);
    assert!(panic_of(|| enforce(1)).1.contains("`max_exempt = 2`"));
}

#[cfg(not(target_family = "wasm"))] // no unwinding
#[test]
fn judges_an_iterator_when_it_ends() {
    let all = |allowed| {
        let budget = Budget::new().max(0).max_exempt(allowed);
        (0..3).inspect(|_| exempts(1)).with_budget(budget).for_each(drop);
    };
    all(3);
    assert!(panic_of(|| all(2)).1.contains("`max_exempt = 3`"));
}

#[cfg(not(target_family = "wasm"))] // no unwinding
#[test]
fn is_refused_of_all_threads() {
    let panics = [
        panic_of(|| Budget::new().max_exempt(0).all_threads()),
        panic_of(|| Budget::new().all_threads().max_exempt(0)),
    ];
    for (place, message) in panics {
        assert!(message.contains("a budget of all threads does not know what is exempted"), "{message}");
        assert!(place.contains("max_exempt.rs"), "{place}");
    }
    let _no_limit = Budget::new().max_exempt(u64::MAX).all_threads();
}
