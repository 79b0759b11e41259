//! Budgets of the whole process. Such a budget sees every thread, so this is a harness that runs
//! its tests one after the other, on the main thread, and has no other.

use std::hint::black_box;

use alloc_budget::{Budget, Measurement};
use libtest_mimic::{Arguments, Trial};
use support::block;

mod counting;
mod futures;
mod peaks;
mod reports;
mod scopes;
mod workers;

fn main() {
    let trial = |(name, test): &(&str, fn())| {
        let test = *test;
        Trial::test(*name, move || {
            test();
            Ok(())
        })
    };
    let arguments = Arguments { test_threads: Some(1), ..Arguments::from_args() };
    libtest_mimic::run(&arguments, TESTS.iter().map(trial).collect()).exit();
}

/// The tests of each module, by name.
macro_rules! tests {
    ($($module:ident { $($test:ident)* })*) => {
        &[$($((concat!(stringify!($module), "::", stringify!($test)), $module::$test),)*)*]
    };
}

const TESTS: &[(&str, fn())] = tests! {
    counting {
        what_threads_do_is_summed
        a_thousand_threads_are_born_and_gone
        threads_that_are_gone_leave_no_memory_behind
        threads_that_were_there_before_are_seen
        every_limit_is_exact
        a_block_may_be_freed_by_another_thread
        work_that_is_handed_over_counts_once
        a_function_is_measured_on_all_threads
        a_function_may_only_be_measured
        a_warm_up_is_not_judged
        a_warm_up_leaves_no_trace_at_the_end_of_its_thread
    }
    futures {
        a_future_inside_an_exempt_stretch_counts
        an_async_function_is_measured_from_its_first_poll_on
        an_await_in_a_macro_is_measured_too
        a_block_that_waits_unseen_may_go_on_elsewhere
        a_warm_up_of_an_async_function_is_not_judged
        a_future_that_is_dropped_gets_no_verdict
        a_future_with_a_budget_sees_other_threads
    }
    peaks {
        the_peak_is_that_of_all_threads_together
        a_block_that_another_thread_frees_is_gone
        each_sum_there_was_is_seen
        scopes_in_each_other_have_peaks_of_their_own
        a_scope_inside_an_exempt_stretch_has_a_peak_of_its_own
        the_report_has_what_took_the_sum_past_the_limit
        a_function_may_limit_it
        a_future_may_limit_it
        without_a_limit_it_is_measured
        the_largest_block_of_any_thread_is_seen
        the_largest_block_is_seen_where_call_sites_are_not_wanted
        what_the_system_refuses_is_reported
        blocks_that_survive_are_seen_whichever_thread_freed_the_others
    }
    reports {
        the_report_has_the_line_of_another_thread
        the_report_has_what_threads_take_past_it_at_once
        the_report_has_no_line_of_threads_within_the_limit
        the_report_begins_with_the_scope
        the_report_of_each_limit_has_what_one_thread_took_past_it
        the_report_has_all_call_sites_where_that_is_asked_for
        the_report_has_no_call_sites_where_they_are_not_wanted
        blocks_that_are_kept_are_reported_and_those_freed_elsewhere_are_not
    }
    scopes {
        scopes_may_be_nested
        scopes_may_overlap
        scopes_of_one_thread_are_undisturbed
        exempt_stretches_of_any_thread_do_not_count
        a_scope_inside_an_exempt_stretch_counts
        a_panic_closes_the_scope
        a_scope_leaves_no_memory_behind_however_it_ends
        an_overage_that_is_caught_does_not_count
        an_overage_in_an_exempt_stretch_does_not_count
    }
};

fn measure_all<T>(f: impl FnOnce() -> T) -> (T, Measurement) {
    // Every budget has a verdict; one that can't be kept has the numbers.
    let mut value = None;
    let overage = Budget::new().max(0).all_threads().check(|| {
        value = Some(f());
        std::mem::forget(block(1));
    });
    let m = *overage.unwrap_err().measurement();
    (value.unwrap(), less(&m, &[1, 1, 1, 0, 0]))
}

/// What is left of allocations, bytes, retained bytes, reallocations and deallocations.
fn less(
    m: &Measurement,
    [allocations, bytes, retained, reallocations, deallocations]: &[u64; 5],
) -> Measurement {
    let mut m = *m;
    m.allocations -= allocations;
    m.bytes_allocated -= bytes;
    m.retained_bytes -= retained.cast_signed();
    m.reallocations -= reallocations;
    m.deallocations -= deallocations;
    m
}

fn numbers(m: &Measurement) -> [i64; 5] {
    let numbers = [m.allocations, m.bytes_allocated, m.reallocations, m.deallocations];
    let [allocations, bytes, reallocations, deallocations] = numbers.map(u64::cast_signed);
    [allocations, bytes, m.retained_bytes, reallocations, deallocations]
}

/// Two allocations, one of them a reallocation.
fn work(size: usize) {
    let mut grown = block(size);
    grown.reserve_exact(2 * size);
    drop(black_box(grown));
}

/// In use by the C allocator, which is what `System` asks.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn in_use() -> usize {
    // SAFETY: has no preconditions.
    unsafe { libc::mallinfo2() }.uordblks
}

/// Nobody tells.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
fn in_use() -> usize {
    0
}
