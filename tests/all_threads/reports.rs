//! The call sites of an overage, on whichever thread.

use std::hint::black_box;

use alloc_budget::{Budget, Limit, Overage, exempt};
use support::{Block, alone, block, limited, on_line, poll, slashed};

use super::futures::paused;
use super::work;
use super::workers::{Workers, elsewhere};

pub(crate) fn the_report_has_the_line_of_another_thread() {
    const LINE: u32 = line!() + 2;
    fn allocate() {
        drop(black_box(Block::with_capacity(123)));
    }
    let workers = Workers::new(1);
    let overage = Budget::new().max(0).all_threads().check(|| workers.run(&[allocate])).unwrap_err();
    let site = &overage.call_sites()[0];
    assert_eq!((site.count(), site.bytes()), (1, 123));
    assert!(site.function().ends_with("allocate"), "{overage}");
    let line = format!("123 B   ×1   {}", on_line(file!(), LINE));
    assert!(slashed(&overage.to_string()).contains(&line), "{overage}");
}

/// They wait for each other to note it, the longer the more scopes there are.
pub(crate) fn the_report_has_what_threads_take_past_it_at_once() {
    let workers = Workers::new(2);
    let mut scopes: Vec<_> = (0..50).map(|_| Box::pin(paused(0))).collect();
    assert!(scopes.iter_mut().all(|scope| poll(scope.as_mut()).is_pending()));
    let job = || (0..1_000).for_each(|_| drop(block(1)));
    let overage = Budget::new().max(0).all_threads().check(|| workers.run(&[job, job])).unwrap_err();
    assert_eq!(sites(&overage), [(2_000, 2_000)], "{overage}");
}

/// A thread that has had a scope has a slot of its own, on every platform.
fn two_blocks() {
    exempt(|| alloc_budget::measure(|| ()));
    drop(block(10));
    drop(block(20));
}

/// No thread knows the sum.
pub(crate) fn the_report_has_no_line_of_threads_within_the_limit() {
    let workers = Workers::new(2);
    let overage = Budget::new().max(4).all_threads().check(|| {
        workers.run(&[two_blocks]);
        workers.run(&[|| (), two_blocks]);
        workers.run(&[two_blocks]);
    });
    let overage = overage.unwrap_err();
    assert_eq!(overage.measurement().allocations, 6);
    assert_eq!(overage.call_sites(), [], "{overage}");
}

/// What a thread has done in an earlier one is nothing to it.
pub(crate) fn the_report_begins_with_the_scope() {
    let workers = Workers::new(1);
    for _ in 0..2 {
        let overage = Budget::new().max(1).all_threads().check(|| workers.run(&[two_blocks])).unwrap_err();
        assert_eq!(sites(&overage), [(1, 20)], "{overage}");
    }
}

/// Counts and bytes of the call sites.
fn sites(overage: &Overage) -> Vec<(u64, u64)> {
    overage.call_sites().iter().map(|site| (site.count(), site.bytes())).collect()
}

pub(crate) fn the_report_of_each_limit_has_what_one_thread_took_past_it() {
    let workers = Workers::new(1);
    let job = || {
        work(10);
        std::mem::forget(block(7));
    };
    let limits = [
        (Limit::Allocations, 1, vec![(1, 20), (1, 7)]),
        (Limit::Bytes, 30, vec![(1, 7)]),
        (Limit::RetainedBytes, 6, vec![(1, 7)]),
        (Limit::Reallocations, 0, vec![(1, 20)]),
        (Limit::Deallocations, 1, vec![(1, 20)]),
    ];
    for (limit, allowed, expected) in limits {
        let overage =
            limited(Budget::new().all_threads(), limit, allowed).check(|| workers.run(&[job])).unwrap_err();
        assert_eq!(sites(&overage), expected, "{overage}");
        assert_eq!(overage.call_sites()[0].is_deallocation(), limit == Limit::Deallocations, "{overage}");
    }
}

pub(crate) fn the_report_has_all_call_sites_where_that_is_asked_for() {
    alone(
        "reports::the_report_has_all_call_sites_where_that_is_asked_for",
        &[("ALLOC_BUDGET_TRACE", "full")],
        || {
            let workers = Workers::new(1);
            let budget = Budget::new().max(1).all_threads();
            let overage = budget.check(|| workers.run(&[|| work(10)])).unwrap_err();
            assert_eq!(sites(&overage), [(1, 20), (1, 10)], "{overage}");
        },
    );
}

pub(crate) fn the_report_has_no_call_sites_where_they_are_not_wanted() {
    alone(
        "reports::the_report_has_no_call_sites_where_they_are_not_wanted",
        &[("ALLOC_BUDGET_TRACE", "off")],
        || {
            let overage = Budget::new().max(0).all_threads().check(|| work(10)).unwrap_err();
            assert_eq!(overage.measurement().allocations, 2);
            assert_eq!(sites(&overage), [], "{overage}");
        },
    );
}

pub(crate) fn blocks_that_are_kept_are_reported_and_those_freed_elsewhere_are_not() {
    let workers = Workers::new(2);
    let kept = Budget::new().max_retained_bytes(0).all_threads().check(|| {
        workers.run(&[|| std::mem::forget(block(55)), || drop(block(66))]);
        let handed = block(77);
        exempt(|| elsewhere(&workers, move || drop(handed)));
    });
    let kept = kept.unwrap_err();
    assert_eq!(kept.measurement().retained_bytes, 55);
    assert_eq!(sites(&kept), [(1, 55)], "{kept}");
}
