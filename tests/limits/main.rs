//! The limits: what each of them counts, where it draws the line, and what an overage says.

#![cfg_attr(target_family = "wasm", allow(unused, reason = "by tests that are not there"))]

use std::hint::black_box;

use alloc_budget::{Budget, Exceeded, Limit, Overage, alloc_budget, measure};
use support::{alone, limited, panic_of};

/// A block of so many bytes, allocated on the line that asks for it.
#[collapse_debuginfo(yes)]
macro_rules! block {
    ($bytes:expr) => {
        black_box(Vec::<u8>::with_capacity($bytes))
    };
}

#[cfg(not(target_family = "wasm"))] // no call sites
mod as_data;
mod exemption;
#[cfg(not(target_family = "wasm"))] // no call sites
mod largest_block;
mod max_exempt;
#[cfg(target_pointer_width = "64")] // no size that every system refuses
mod refused;
#[cfg(not(target_family = "wasm"))] // no call sites
mod report;
#[cfg(not(target_family = "wasm"))] // no call sites
mod surviving;
#[cfg(not(target_family = "wasm"))] // no call sites
mod thousand;
#[cfg(not(target_family = "wasm"))] // no call sites
mod what_an_overage_lists;
mod what_counts;
mod where_the_line_is;

/// The limits that were passed, with what was measured and what was allowed.
fn numbers(overage: &Overage) -> Vec<(Limit, u64, u64)> {
    overage.exceeded().map(|Exceeded { limit, actual, allowed, .. }| (limit, actual, allowed)).collect()
}

/// Line, number of blocks and bytes of each call site, in the order of the file.
fn places(overage: &Overage) -> Vec<(u32, u64, u64)> {
    let mut places: Vec<_> =
        overage.call_sites().iter().map(|site| (site.line(), site.count(), site.bytes())).collect();
    places.sort_unstable();
    places
}

/// Each two of them at once, by one allocation or reallocation.
#[cfg(not(target_family = "wasm"))] // no call sites
#[test]
fn one_event_may_pass_several_limits() {
    type Work = fn() -> Vec<u8>;
    let allocate: Work = || block!(10);
    let reallocate: Work = || {
        let mut block = block!(10);
        block.reserve_exact(30);
        black_box(block)
    };
    let cases: [(Work, &[u64]); 2] = [(allocate, &[1, 10, 10, 10]), (reallocate, &[2, 40, 30, 30, 1, 1])];
    for (work, values) in cases {
        let limits: Vec<_> = Limit::ALL.into_iter().zip(values.iter().map(|value| value - 1)).collect();
        for (at, first) in limits.iter().enumerate() {
            for second in &limits[at + 1..] {
                let budget = limited(limited(Budget::new(), first.0, first.1), second.0, second.1);
                let overage = budget.check(work).unwrap_err();
                let passed: Vec<_> = overage.exceeded().map(|exceeded| exceeded.limit).collect();
                assert_eq!(passed, [first.0, second.0]);
                assert_eq!(overage.call_sites().len(), 1, "{overage}");
            }
        }
    }
}

#[cfg(not(target_family = "wasm"))] // no processes
#[test]
fn every_budget_is_kept_where_they_are_switched_off() {
    alone("every_budget_is_kept_where_they_are_switched_off", &[("ALLOC_BUDGET", "off")], || {
        let kept = Budget::new().max(0).check(|| block!(10));
        assert_eq!(kept.unwrap().capacity(), 10);
        assert_eq!(measure(|| block!(10)).1.allocations, 1);
    });
}

#[cfg(not(target_family = "wasm"))] // no processes
#[test]
fn every_call_is_traced_where_that_is_asked_for() {
    #[alloc_budget(max = 1)]
    fn two() {
        drop([block!(10), block!(20)]);
    }
    alone("every_call_is_traced_where_that_is_asked_for", &[("ALLOC_BUDGET_TRACE", "full")], || {
        for _ in 0..3 {
            let (_, report) = panic_of(two);
            assert_eq!(report.matches(" ×1 ").count(), 2, "{report}");
        }
    });
}
