//! An allocation that the system refuses: reported at the request, for nobody may come back from
//! it.

use std::alloc::{Layout, alloc_zeroed};
use std::hint::black_box;

use alloc_budget::{Budget, alloc_budget, exempt};
use support::{on_line, output};

const TOO_MUCH: usize = 1 << 62;

/// What a process of its own writes to standard error, and whether it ends well.
fn said(test: &str, trace: &str, f: impl FnOnce()) -> Option<(String, bool)> {
    let output = output(&format!("refused::{test}"), &[("ALLOC_BUDGET_TRACE", trace)], f)?;
    Some((String::from_utf8_lossy(&output.stderr).into_owned(), output.status.success()))
}

const BELIEVED: u32 = line!() + 5;

#[alloc_budget(max_bytes = 64 << 20, max_block_bytes = 1 << 20)]
fn believes(length: usize) -> Vec<u8> {
    drop(block!(100));
    Vec::with_capacity(black_box(length))
}

#[test]
fn it_is_reported_before_the_process_ends() {
    let test = "it_is_reported_before_the_process_ends";
    let Some((said, is_success)) = said(test, "", || drop(black_box(believes(TOO_MUCH)))) else { return };
    assert!(!is_success, "{said}");
    let numbers = "alloc-budget: the system refused 4 611 686 018 427 387 904 B, which an allocation budget \
                   would not have allowed\n\n  \
                   bytes   4 611 686 018 427 388 004 of 67 108 864      \
                   largest block   4 611 686 018 427 387 904 of 1 048 576\n\n";
    let (_, rest) = said.split_once(numbers).unwrap_or_else(|| panic!("{said}"));
    let place = on_line("refused.rs", BELIEVED);
    assert!(rest.lines().next().unwrap().contains(&place), "{said}");
    assert!(
        rest.contains(
            "with_capacity
"
        ),
        "{said}"
    );
    assert!(rest.contains("memory allocation of 4611686018427387904 bytes failed"), "{said}");
}

const TRIED: u32 = line!() + 4;

fn tried(length: usize) {
    let mut all: Vec<u8> = Vec::new();
    assert!(all.try_reserve(black_box(length)).is_err());
}

/// In each way of asking, and for each limit in bytes; the verdict is on what was given.
#[test]
fn whoever_goes_on_without_it_does() {
    let Some((said, is_success)) = said("whoever_goes_on_without_it_does", "off", || {
        let budgets = [
            Budget::new().max_bytes(100),
            Budget::new().max_peak_bytes(100),
            Budget::new().max_retained_bytes(100),
            Budget::new().max_block_bytes(100),
        ];
        for budget in budgets {
            budget.enforce(|| tried(TOO_MUCH));
            budget.enforce(|| {
                let mut all = block!(10);
                assert!(all.try_reserve(TOO_MUCH).is_err());
            });
            // SAFETY: the size is not zero.
            let zeroed = || unsafe { alloc_zeroed(Layout::from_size_align(TOO_MUCH, 1).unwrap()) };
            assert!(budget.enforce(|| black_box(zeroed())).is_null());
        }
    }) else {
        return;
    };
    assert!(is_success, "{said}");
    assert_eq!(said.matches("alloc-budget: the system refused").count(), 4 * 3, "{said}");
    for limit in ["bytes", "peak bytes", "retained bytes", "largest block"] {
        let of = format!("\n  {limit}   4 611 686 018 427 387 904 of 100\n");
        assert_eq!(said.matches(&of).count(), if limit == "bytes" { 2 } else { 3 }, "{said}");
    }
    assert!(!said.contains("refused.rs"), "no call sites are wanted: {said}");
}

#[test]
fn it_is_said_once_for_each_scope_that_would_have_passed_a_limit() {
    let test = "it_is_said_once_for_each_scope_that_would_have_passed_a_limit";
    let Some((said, is_success)) = said(test, "", || {
        let small = Budget::new().max_bytes(100);
        small.enforce(|| (0..3).for_each(|_| tried(TOO_MUCH)));
        small.enforce(|| {
            tried(TOO_MUCH);
            small.enforce(|| tried(TOO_MUCH));
            Budget::new().max(0).enforce(|| tried(TOO_MUCH));
        });
        // Nobody has a limit that it would have passed.
        Budget::new().max(0).max_reallocs(0).max_deallocs(0).enforce(|| tried(TOO_MUCH));
        Budget::new().max_bytes(TOO_MUCH as u64).enforce(|| tried(TOO_MUCH));
        small.enforce(|| exempt(|| tried(TOO_MUCH)));
        tried(TOO_MUCH);
    }) else {
        return;
    };
    assert!(is_success, "{said}");
    assert_eq!(said.matches("alloc-budget:").count(), 3, "{said}");
    let place = on_line("refused.rs", TRIED);
    assert_eq!(said.matches(&place).count(), 3, "{said}");
}
