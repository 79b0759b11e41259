//! A report of many call sites.

use std::fmt::Write as _;
use std::hint::black_box;

use alloc_budget::{Budget, CallSite};

use super::thousand;

#[test]
fn of_sixteen_call_sites_has_them_all_and_of_more_the_sum() {
    let sixteen = || {
        drop(block!(10));
        drop(block!(11));
        drop(block!(12));
        drop(block!(13));
        drop(block!(14));
        drop(block!(15));
        drop(block!(16));
        drop(block!(17));
        drop(block!(18));
        drop(block!(19));
        drop(block!(20));
        drop(block!(21));
        drop(block!(22));
        drop(block!(23));
        drop(block!(24));
        drop(block!(25));
    };
    let overage = Budget::new().max(0).check(sixteen).unwrap_err();
    assert_eq!(overage.to_string().matches(" ×1 ").count(), 16, "{overage}");
    assert!(!overage.to_string().contains("more call sites"), "{overage}");
    let eighteen = || {
        sixteen();
        drop(block!(3));
        drop(block!(4));
    };
    let overage = Budget::new().max(0).check(eighteen).unwrap_err();
    assert!(overage.to_string().contains("  … and 2 more call sites with 2 blocks, 7 B\n"), "{overage}");
}

#[test]
fn of_a_thousand_call_sites_is_short_and_leaves_nothing_unsaid() {
    let overage = Budget::new().max(0).check(thousand::sites).unwrap_err();
    assert_eq!(overage.measurement().allocations, 1000);
    let sites = overage.call_sites();
    let listed: u64 = sites.iter().map(CallSite::count).sum();
    assert!(overage.left_out() > 0);
    assert_eq!(listed + overage.left_out(), 1000);
    // With line tables only, functions are known by their last name, and these have but one.
    if cfg!(debug_assertions) {
        assert_eq!(sites.len() as u64, listed, "each site is another one");
    }

    let text = overage.to_string();
    assert!(text.lines().count() < 60, "{text}");
    let counts = text.split('×').skip(1).map(|rest| rest.split(' ').next().unwrap());
    let shown: u64 = counts.map(|count| count.parse::<u64>().unwrap()).sum();
    for unsaid in [listed - shown, overage.left_out()] {
        let is_said = text.contains(&format!(" {unsaid} blocks, "));
        assert!(is_said || unsaid == 0, "{unsaid} of them: {text}");
    }
}

#[inline(never)]
fn work() {
    let mut text = String::new();
    for i in 0..10 {
        let _ = write!(text, "{i}{}", black_box("x".repeat(i)));
    }
    let mut kept = Vec::new();
    kept.push(black_box(text.clone()));
    kept.extend((0..9).map(|i| format!("{i}{text}")));
    black_box(kept);
}

#[test]
fn is_the_same_every_time() {
    let report = || {
        let budget = Budget::new().max(2).max_bytes(3).max_peak_bytes(4).max_deallocs(5).max_reallocs(0);
        budget.check(work).unwrap_err().to_string()
    };
    let first = report();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..20 {
                    assert_eq!(report(), first);
                }
            });
        }
    });
}
