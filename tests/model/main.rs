//! The counting against a model of it: random programs of nested and suspended scopes, exempt
//! stretches, panics, threads and handed-over work, run with the real allocator and added up from a
//! list of what happened.

mod ledger;
mod machine;
mod program;

use std::env;
use std::panic;

use alloc_budget::{Limit, Measurement};
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};
use support::alone;

use ledger::{Expected, Ledger, Sum};
use machine::{Log, Seen};
use program::{Allowed, FutureKind, HANDLES, Program};

/// Whether all allocations of a scope have their call site in its report.
fn is_tracing_all() -> bool {
    env::var_os("ALLOC_BUDGET_TRACE").is_some_and(|trace| trace == "full")
}

type Values = [i64; Limit::ALL.len()];

fn measurement(sum: &Sum, allowed: &Allowed) -> Values {
    // Not known where it is within the limit.
    let largest = allowed[LARGEST_BLOCK]
        .map_or(0, |allowed| if sum.largest_block > allowed.cast_signed() { sum.largest_block } else { 0 });
    let Sum { allocations, bytes, peak, live, reallocations, deallocations, surviving, .. } = *sum;
    let surviving = allowed[SURVIVING].map_or(0, |_| surviving);
    [allocations, bytes, peak, live, reallocations, deallocations, largest, surviving]
}

fn of(m: &Measurement) -> Values {
    let signed = |value: u64| i64::try_from(value).unwrap();
    [
        signed(m.allocations),
        signed(m.bytes_allocated),
        signed(m.peak_bytes),
        m.retained_bytes,
        signed(m.reallocations),
        signed(m.deallocations),
        signed(m.largest_block_bytes),
        signed(m.surviving_bytes),
    ]
}

const NAMES: [&str; Limit::ALL.len()] = [
    "allocations",
    "bytes",
    "peak bytes",
    "retained bytes",
    "reallocations",
    "deallocations",
    "largest block",
    "surviving bytes",
];

const RETAINED: usize = 3;
const LARGEST_BLOCK: usize = 6;
const SURVIVING: usize = 7;

fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let groups: Vec<_> =
        digits.as_bytes().rchunks(3).rev().map(|group| str::from_utf8(group).unwrap()).collect();
    groups.join(" ")
}

/// What the report of an overage says in its line of numbers.
fn report(actual: &Values, allowed: &Allowed) -> String {
    let shown = (0..NAMES.len()).filter_map(|at| {
        let (name, actual) = (NAMES[at], u64::try_from(actual[at]).unwrap_or(0));
        match allowed[at].filter(|allowed| actual > *allowed) {
            Some(allowed) => Some(format!("{name}   {} of {}", grouped(actual), grouped(allowed))),
            None => (at < 2).then(|| format!("{name}   {}", grouped(actual))),
        }
    });
    format!("  {}", shown.collect::<Vec<_>>().join("      "))
}

/// What is wrong with what a scope said.
fn difference(seen: &Seen, expected: &Expected, allowed: &Allowed, text: &str) -> Option<String> {
    let mut sum = expected.sum.as_ref().map(|sum| measurement(sum, allowed));
    // What of other threads' blocks survives is known to be no less than the truth, and not more.
    if let (true, Some(sum), Some(_)) = (expected.is_shared, &mut sum, allowed[SURVIVING]) {
        match seen {
            Seen::Measured(measurement) | Seen::Exceeded { measurement, .. } => {
                sum[SURVIVING] = of(measurement)[SURVIVING];
            }
            Seen::Reported(..) => return None,
            _ => sum[SURVIVING] = 0,
        }
    }
    // What was noted of single blocks is lost with a poll that a scope around it has ended.
    if let (true, Some(sum)) = (expected.is_torn, &mut sum) {
        let noted = match seen {
            Seen::Measured(measurement) | Seen::Exceeded { measurement, .. } => of(measurement),
            Seen::Reported(..) => return None,
            _ => [0; NAMES.len()],
        };
        sum[LARGEST_BLOCK..].copy_from_slice(&noted[LARGEST_BLOCK..]);
    }
    let exceeded = |actual: &Values| -> u8 {
        let passed = |at: &usize| allowed[*at].is_some_and(|allowed| actual[*at] > allowed.cast_signed());
        (0..NAMES.len()).filter(passed).map(|at| 1 << at).sum()
    };
    // What is left keeps to its limit only because blocks were freed as larger ones.
    let is_hidden = expected.sum.as_ref().is_some_and(|sum| {
        allowed[RETAINED].is_some_and(|allowed| sum.grown > 0 && sum.live + sum.grown > allowed.cast_signed())
    });
    let same = |m: &Measurement| of(m) == sum.unwrap_or_default();
    let bits = sum.map_or(0, |sum| exceeded(&sum));
    let fits = match seen {
        Seen::Nothing => true,
        Seen::Lost => expected.is_torn,
        Seen::Kept => bits == 0,
        Seen::Measured(m) => same(m),
        Seen::Exceeded { measurement, limits, sites } => {
            let traced = [sites.allocations, sites.bytes];
            let all = [measurement.allocations, measurement.bytes_allocated];
            same(measurement)
                && *limits == bits
                && (bits != 0 || is_hidden)
                && (!is_tracing_all() || !expected.has_all_call_sites || sites.left_out > 0 || traced == all)
        }
        Seen::Reported(start, end) => {
            let said = &text[*start..*end];
            (bits != 0 || is_hidden) && sum.is_some_and(|sum| said == report(&sum, allowed))
        }
    };
    (!fits).then(|| {
        let said = if let Seen::Reported(start, end) = seen { &text[*start..*end] } else { "" };
        format!("{seen:?} {said}\n  instead of {sum:?} with {allowed:?}")
    })
}

fn check(program: &Program, exception: Option<usize>) -> Result<(), TestCaseError> {
    let Log { trace, scopes, futures, text, totals, .. } = machine::run(program, exception);
    let mut ledger = Ledger::new(program.threads.len(), scopes.len(), futures.len(), HANDLES);
    for (thread, what) in &trace {
        ledger.replay(*thread, *what);
    }
    let fail = |what: String| {
        let steps: Vec<_> = trace.iter().map(|(thread, what)| format!("{thread}: {what:?}\n")).collect();
        Err(TestCaseError::fail(format!("{what}\n{}", steps.concat())))
    };
    for (at, (allowed, seen)) in scopes.iter().enumerate() {
        if let Some(expected) = &ledger.expected[at]
            && let Some(difference) = difference(seen, expected, allowed, &text)
        {
            return fail(format!("scope {at}: {difference}"));
        }
    }
    for (at, seen) in futures.iter().enumerate() {
        let kind = &program.futures[at].0;
        let allowed = kind.allowed();
        let (Some(seen), Some(expected)) = (seen, &ledger.expected_of_futures[at]) else { continue };
        // Its body stays in the function, and knows that it has lost its scope.
        let must_be_lost = expected.is_torn && matches!(kind, FutureKind::Annotated(_));
        if must_be_lost != matches!(seen, Seen::Lost) && *seen != Seen::Nothing {
            return fail(format!("future {at}: {seen:?} of {expected:?}"));
        }
        if let Some(difference) = difference(seen, expected, &allowed, &text) {
            return fail(format!("future {at}: {difference}"));
        }
    }
    for (thread, (allocations, bytes)) in totals.iter().enumerate() {
        let sum = ledger.of_thread(thread);
        let expected = (sum.allocations.cast_unsigned(), sum.bytes.cast_unsigned());
        if (*allocations, *bytes) != expected {
            return fail(format!("thread {thread}: {allocations}, {bytes} instead of {expected:?}"));
        }
    }
    Ok(())
}

/// Runs programs in a process of its own, whose panic hook is silent. More of them with
/// `PROPTEST_CASES`.
fn programs(test: &str, cases: u32, trace: &str) {
    alone(test, &[("ALLOC_BUDGET_TRACE", trace)], || {
        panic::set_hook(Box::new(|_| {}));
        let exception = machine::exception();
        let cases = env::var("PROPTEST_CASES").map_or(cases, |cases| cases.parse().unwrap());
        let config =
            Config { cases, failure_persistence: None, max_shrink_iters: 100_000, ..Config::default() };
        let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
        let result = runner.run(&program::program(), |program| check(&program, exception));
        drop(panic::take_hook());
        if let Err(error) = result {
            panic!("{error}");
        }
    });
}

#[test]
fn counting() {
    programs("counting", 200, "off");
}

#[test]
fn counting_with_call_sites_of_overages() {
    programs("counting_with_call_sites_of_overages", 50, "");
}

#[test]
fn counting_with_all_call_sites() {
    programs("counting_with_all_call_sites", 50, "full");
}
