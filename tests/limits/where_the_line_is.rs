//! A limit holds up to its own value: in a measurement, a budget and an attribute.

use std::hint::black_box;

use alloc_budget::{Budget, Limit, alloc_budget, measure};
use support::{catch, limited};

use super::numbers;

/// Of every quantity a different amount.
fn work() -> Vec<u8> {
    let first = block!(100);
    let mut second = block!(50);
    drop(first);
    second.reserve_exact(80);
    let mut third = block!(7);
    third.reserve_exact(8);
    second.reserve_exact(90);
    drop(third);
    black_box(second)
}

/// Reallocations are from 50 to 80 bytes, from 7 to 8 and from 80 to 90.
const EXPECTED: [(Limit, u64); 6] = [
    (Limit::Allocations, 3 + 3),
    (Limit::Bytes, 100 + 50 + 80 + 7 + 8 + 90),
    (Limit::PeakBytes, 100 + 50),
    (Limit::RetainedBytes, 90),
    (Limit::Reallocations, 3),
    (Limit::Deallocations, 2 + 3),
];

#[test]
fn in_a_measurement() {
    let (_block, measurement) = measure(work);
    for (limit, expected) in EXPECTED {
        assert_eq!(measurement.value(limit), expected, "{limit}");
    }
    assert_eq!(measurement.retained_blocks(), 1);
}

#[test]
fn in_a_budget() {
    for (limit, expected) in EXPECTED {
        assert!(limited(Budget::new(), limit, expected).check(work).is_ok(), "{limit}");
        let overage = limited(Budget::new(), limit, expected - 1).check(work).unwrap_err();
        assert_eq!(numbers(&overage), [(limit, expected, expected - 1)]);
    }
}

#[alloc_budget(max = allowed)]
fn max(allowed: u64) {
    black_box(work());
}

#[alloc_budget(max_bytes = allowed)]
fn max_bytes(allowed: u64) {
    black_box(work());
}

#[alloc_budget(max_peak_bytes = allowed)]
fn max_peak_bytes(allowed: u64) {
    black_box(work());
}

#[alloc_budget(max_retained_bytes = allowed)]
fn max_retained_bytes(kept: &mut Vec<u8>, allowed: u64) {
    *kept = work();
}

#[alloc_budget(max_reallocs = allowed)]
fn max_reallocs(allowed: u64) {
    black_box(work());
}

#[alloc_budget(max_deallocs = allowed)]
fn max_deallocs(kept: &mut Vec<u8>, allowed: u64) {
    *kept = work();
}

#[cfg(not(target_family = "wasm"))] // no unwinding
#[test]
fn in_an_attribute() {
    for (limit, expected) in EXPECTED {
        let call = |allowed: u64| {
            catch(|| match limit {
                Limit::Allocations => max(allowed),
                Limit::Bytes => max_bytes(allowed),
                Limit::PeakBytes => max_peak_bytes(allowed),
                Limit::RetainedBytes => max_retained_bytes(&mut Vec::new(), allowed),
                Limit::Reallocations => max_reallocs(allowed),
                _ => max_deallocs(&mut Vec::new(), allowed),
            })
        };
        assert!(call(expected).is_ok(), "{limit}");
        let message = call(expected - 1).expect_err("an overage").message;
        let numbers = format!("{limit}   {expected} of {}", expected - 1);
        assert!(message.contains(&numbers), "{message}");
    }
}

#[test]
fn all_at_once() {
    let all =
        EXPECTED.into_iter().fold(Budget::new(), |all, (limit, expected)| limited(all, limit, expected));
    assert!(all.check(work).is_ok());
    let overage = all.max(0).max_reallocs(1).check(work).unwrap_err();
    assert_eq!(numbers(&overage), [(Limit::Allocations, 6, 0), (Limit::Reallocations, 3, 1)]);
}
