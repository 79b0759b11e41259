//! A function that returns the future of an `async` block: what it does first, and the block.

use std::pin::Pin;

use alloc_budget::{alloc_budget, measure, records};
use support::{catch, panic_of};

use super::*;

fn is_exceeded<T>(call: impl FnOnce() -> T) -> bool {
    catch(call).is_err_and(|panic| panic.message.starts_with("allocation budget exceeded"))
}

#[alloc_budget(max = limit)]
fn alone(limit: u32) -> impl Future<Output = usize> {
    async move { block(1).len() }
}

#[alloc_budget(max = limit)]
fn behind_a_statement(limit: u32) -> impl Future<Output = usize> + Send {
    let text = black_box(String::from("in the call"));
    let length = text.len();
    async move {
        std::future::ready(()).await;
        length + block(1).len()
    }
}

#[alloc_budget(max = limit, max_retained_bytes = if limit > 100 { 16 } else { 0 })]
fn boxed_behind_a_statement(limit: u32) -> Pin<Box<dyn Future<Output = usize> + Send>> {
    let text = black_box(String::from("freed when the call ends"));
    let length = text.len();
    if limit > 100 {
        // The box is counted here, and kept.
        return Box::pin(std::future::ready(length));
    }
    Box::pin(async move { length + block(1).len() })
}

trait Service {
    fn call(&self, limit: u32) -> impl Future<Output = usize> + Send;
}

struct Own(usize);

impl Service for Own {
    #[alloc_budget(max = limit)]
    fn call(&self, limit: u32) -> impl Future<Output = usize> + Send {
        let own = block(self.0).len();
        async move { own + block(1).len() }
    }
}

#[test]
fn is_judged_with_what_the_function_does_first() {
    assert_eq!([0, 1].map(|limit| is_exceeded(|| block_on(alone(limit)))), [true, false]);
    assert_eq!([1, 2].map(|limit| is_exceeded(|| block_on(behind_a_statement(limit)))), [true, false]);
    assert_eq!([1, 2].map(|limit| is_exceeded(|| block_on(boxed_behind_a_statement(limit)))), [true, false]);
    assert_eq!([1, 2].map(|limit| is_exceeded(|| block_on(Own(1).call(limit)))), [true, false]);
    block_on(boxed_behind_a_statement(101));
}

#[test]
fn is_judged_when_it_is_ready() {
    let future = behind_a_statement(0);
    assert!(panic_of(|| block_on(future)).1.contains("allocations   2 of 0"));
    // Without a verdict, as a future that is dropped.
    drop(behind_a_statement(0));
    let (future, m) = measure(|| behind_a_statement(2));
    assert_eq!((m.allocations, m.deallocations), (1, 1));
    block_on(future);
}

#[test]
fn does_not_count_what_runs_before_it_is_polled() {
    let (first, second) = (behind_a_statement(2), behind_a_statement(2));
    drop(block(3));
    assert_eq!((block_on(second), block_on(first)), (11, 11));
}

#[test]
fn may_only_be_measured() {
    #[alloc_budget(measure, name = "a returned future")]
    fn measured() -> impl Future<Output = ()> {
        drop(block(1));
        async move { drop(block(2)) }
    }
    block_on(measured());
    let records = records();
    let record = records.iter().find(|record| record.name == "a returned future").unwrap();
    assert_eq!((record.calls, record.highest.bytes_allocated), (1, 3));
}

mod failing {
    use super::*;

    #[alloc_budget(max = 0, on_err = skip)]
    async fn awaits(is_ok: bool) -> Result<(), String> {
        drop(block(1));
        std::future::ready(()).await;
        "1".parse::<u8>().map_err(|error| error.to_string())?;
        if is_ok { Ok(()) } else { Err(String::from("allocates")) }
    }

    #[alloc_budget(max = 0, on_err = skip)]
    #[allow(clippy::unused_async)]
    async fn never_awaits(is_ok: bool) -> Result<(), String> {
        if !is_ok {
            return Err(String::from("allocates"));
        }
        drop(block(1));
        Ok(())
    }

    #[alloc_budget(max = 0, on_err = skip)]
    fn returns(is_ok: bool) -> impl Future<Output = Option<()>> {
        drop(block(1));
        async move { is_ok.then_some(()) }
    }

    #[alloc_budget(max = 0, on_err = skip)]
    fn boxes(is_ok: bool) -> Pin<Box<dyn Future<Output = Option<()>>>> {
        Box::pin(async move {
            drop(block(1));
            is_ok.then_some(())
        })
    }

    #[async_trait::async_trait]
    trait Fails {
        async fn fails(&self, is_ok: bool) -> Result<(), String>;
    }

    #[async_trait::async_trait]
    impl Fails for () {
        #[alloc_budget(max = 0, on_err = skip)]
        async fn fails(&self, is_ok: bool) -> Result<(), String> {
            drop(block(1));
            if is_ok { Ok(()) } else { Err(String::from("allocates")) }
        }
    }

    #[test]
    fn futures_are_not_judged() {
        assert_eq!([true, false].map(|is_ok| is_exceeded(|| block_on(awaits(is_ok)))), [true, false]);
        assert_eq!([true, false].map(|is_ok| is_exceeded(|| block_on(never_awaits(is_ok)))), [true, false]);
        assert_eq!([true, false].map(|is_ok| is_exceeded(|| block_on(returns(is_ok)))), [true, false]);
        assert_eq!([true, false].map(|is_ok| is_exceeded(|| block_on(boxes(is_ok)))), [true, false]);
        assert_eq!([true, false].map(|is_ok| is_exceeded(|| block_on(().fails(is_ok)))), [true, false]);
    }

    #[tokio::main(flavor = "current_thread")]
    #[alloc_budget(max = 0, on_err = skip)]
    async fn handed(is_ok: bool) -> Result<(), String> {
        drop(block(1));
        if is_ok { Ok(()) } else { Err(String::from("allocates")) }
    }

    #[test]
    fn neither_are_those_that_an_executor_is_given() {
        assert_eq!([true, false].map(|is_ok| is_exceeded(|| handed(is_ok))), [true, false]);
    }
}
