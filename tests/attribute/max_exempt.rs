//! `max_exempt`: how much of what a function does may be exempted.

use alloc_budget::{alloc_budget, exempt, measure};
use support::panic_of;

use super::{allocate, is_exceeded};

fn exempts(times: u32) {
    for _ in 0..times {
        exempt(|| drop(allocate()));
    }
}

#[test]
fn is_judged_at_every_call() {
    #[alloc_budget(max = 0, max_exempt = 1)]
    fn logs(times: u32) {
        exempts(times);
    }
    assert_eq!([0, 1, 2, 1, 3].map(|times| is_exceeded(|| logs(times))), [false, false, true, false, true]);

    let ((), m) = measure(|| logs(1));
    assert_eq!((m.allocations, m.exempted().allocations), (0, 1));
}

#[test]
fn is_said_at_the_function() {
    #[alloc_budget(max = 0, max_exempt = 0, name = "logs")]
    fn logs() {
        exempts(2);
    }
    let (place, message) = panic_of(logs);
    let expected = "\
allocation budget exceeded: `logs`

  allocations   0      bytes   0
  exempted   2 of 0 allocations, 2 bytes

help: raise the budget to `max_exempt = 2`, or exempt less";
    assert_eq!(message, expected);
    assert!(place.contains("max_exempt.rs"), "{place}");
}

#[test]
fn is_an_expression_over_the_arguments() {
    #[alloc_budget(max = 0, max_exempt = allowed.iter().sum::<u32>())]
    fn logs(times: u32, allowed: &[u32]) {
        exempts(times);
    }
    assert_eq!([2, 3].map(|times| is_exceeded(|| logs(times, &[1, 1]))), [false, true]);
}

#[test]
fn needs_no_other_limit() {
    #[alloc_budget(max_exempt = 0)]
    fn logs(times: u32) {
        allocate();
        exempts(times);
    }
    assert_eq!([0, 1].map(|times| is_exceeded(|| logs(times))), [false, true]);
}

/// Their guard stands around a body that is an expression of its own.
#[test]
fn goes_with_limits_on_what_is_freed() {
    #[alloc_budget(max_deallocs = 0, max_retained_bytes = 0, max_exempt = 0)]
    fn logs(times: u32) {
        exempts(times);
    }
    assert_eq!([0, 1].map(|times| is_exceeded(|| logs(times))), [false, true]);
}

#[test]
fn is_not_judged_in_a_warmup() {
    #[alloc_budget(max = 0, max_exempt = 0, warmup = 1)]
    fn logs(times: u32) {
        exempts(times);
    }
    assert_eq!([1, 1].map(|times| is_exceeded(|| logs(times))), [false, true]);
}

#[test]
fn is_not_judged_where_prime_calls_the_function() {
    #[alloc_budget(max = 0, max_exempt = 0, prime = logs(2))]
    fn logs(times: u32) {
        exempts(times);
    }
    assert_eq!([0, 1].map(|times| is_exceeded(|| logs(times))), [false, true]);
}

#[test]
fn is_not_judged_where_the_call_fails() {
    #[alloc_budget(max = 0, max_exempt = 0, on_err = skip)]
    fn logs(times: u32, result: Result<(), ()>) -> Result<(), ()> {
        exempts(times);
        result
    }
    assert_eq!([Err(()), Ok(())].map(|result| is_exceeded(|| logs(1, result))), [false, true]);
    assert!(!is_exceeded(|| logs(0, Ok(()))));
}

#[test]
fn goes_to_each_function_of_an_impl_block() {
    struct Codec(u32);
    #[alloc_budget(max = 0, max_exempt = 1)]
    impl Codec {
        fn encode(times: u32) {
            exempts(times);
        }
        fn decode(&self) {
            exempts(self.0);
        }
    }
    let calls =
        [1, 2].map(|times| (is_exceeded(|| Codec::encode(times)), is_exceeded(|| Codec(times).decode())));
    assert_eq!(calls, [(false, false), (true, true)]);
}
