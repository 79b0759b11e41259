//! `max_exempt`: of a body that awaits, and of the future that a function returns.

use alloc_budget::{alloc_budget, budget, exempt};
use support::{awaits, catch, panic_of};

use super::*;

fn exempts(times: u32) {
    for _ in 0..times {
        exempt(|| drop(block(1)));
    }
}

fn is_exceeded<T>(future: impl Future<Output = T>) -> bool {
    catch(|| block_on(future)).is_err_and(|panic| panic.message.contains("`max_exempt = 2`"))
}

#[test]
fn is_judged_over_all_polls() {
    #[alloc_budget(max = 0, max_exempt = allowed)]
    async fn logs(allowed: u64) {
        exempts(1);
        pause().await;
        exempts(1);
    }
    assert_eq!([2, 1].map(|allowed| is_exceeded(logs(allowed))), [false, true]);
    block_on(assert_send(logs(2)));
}

#[test]
fn is_said_at_the_function() {
    #[alloc_budget(max = 0, max_exempt = 1)]
    async fn logs() {
        pause().await;
        exempts(2);
    }
    let (place, message) = panic_of(|| block_on(logs()));
    assert!(place.contains("max_exempt.rs"), "{place}");
    assert!(message.contains("  exempted   2 of 1 allocations, 2 bytes\n"), "{message}");
}

#[test]
fn is_not_judged_in_a_warmup() {
    #[alloc_budget(max = 0, max_exempt = 0, warmup = 1)]
    async fn logs() {
        pause().await;
        exempts(2);
    }
    assert_eq!([(); 2].map(|()| is_exceeded(logs())), [false, true]);
}

#[test]
fn is_judged_where_a_macro_awaits() {
    #[alloc_budget(max = 0, max_exempt = allowed)]
    async fn logs(allowed: u64) {
        exempts(1);
        awaits!(pause());
        exempts(1);
    }
    assert_eq!([2, 1].map(|allowed| is_exceeded(logs(allowed))), [false, true]);
}

#[test]
fn is_judged_of_a_returned_future() {
    #[alloc_budget(max = 0, max_exempt = allowed)]
    fn alone(allowed: u64) -> impl Future<Output = ()> {
        async move {
            pause().await;
            exempts(2);
        }
    }
    #[alloc_budget(max = 0, max_exempt = allowed)]
    fn behind_a_statement(allowed: u64) -> impl Future<Output = ()> {
        exempts(1);
        async move {
            pause().await;
            exempts(1);
        }
    }
    assert_eq!([2, 1].map(|allowed| is_exceeded(alone(allowed))), [false, true]);
    assert_eq!([2, 1].map(|allowed| is_exceeded(behind_a_statement(allowed))), [false, true]);
}

#[test]
fn is_judged_where_the_call_succeeds() {
    #[alloc_budget(max = 0, max_exempt = 1, on_err = skip)]
    async fn logs(result: Result<(), ()>) -> Result<(), ()> {
        pause().await;
        exempts(2);
        result
    }
    assert_eq!([Err(()), Ok(())].map(|result| is_exceeded(logs(result))), [false, true]);
}

#[test]
fn is_judged_of_a_block() {
    async fn logs(allowed: u64) {
        exempts(3);
        budget!(max = 0, max_exempt = allowed, {
            pause().await;
            exempts(2);
        });
    }
    assert_eq!([2, 1].map(|allowed| is_exceeded(logs(allowed))), [false, true]);
}
