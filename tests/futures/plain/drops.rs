//! What is dropped when, and where it counts.

use std::cell::RefCell;

use alloc_budget::{alloc_budget, measure_future};

use super::*;

thread_local!(static LOG: RefCell<Vec<&'static str>> = const { RefCell::new(Vec::new()) });

struct Noisy(&'static str);

impl Drop for Noisy {
    fn drop(&mut self) {
        alloc_budget::exempt(|| LOG.with_borrow_mut(|log| log.push(self.0)));
    }
}

fn log(future: impl Future<Output = ()>, polls: usize) -> Vec<&'static str> {
    {
        let mut future = pin!(future);
        for _ in 0..polls {
            if poll(future.as_mut()).is_ready() {
                LOG.with_borrow_mut(|log| log.push("ready"));
                break;
            }
        }
        LOG.with_borrow_mut(|log| log.push("dropped"));
    }
    LOG.take()
}

/// The same function twice, the second time with a budget.
macro_rules! assert_same_drops {
    (($($argument:tt)*) $body:block, $($value:expr),*) => {{
        async fn plain($($argument)*) $body
        #[alloc_budget(max = 0)]
        async fn budgeted($($argument)*) $body
        for polls in 0..4 {
            let (plain, budgeted) = (log(plain($($value),*), polls), log(budgeted($($value),*), polls));
            assert!(!plain.is_empty());
            assert_eq!(budgeted, plain, "after {polls} polls");
        }
    }};
}

#[test]
fn of_arguments_are_in_the_same_order() {
    assert_same_drops!((a: Noisy, b: Noisy, c: Noisy) { pause().await; let _ = (&a, &b, &c); }, Noisy("a"), Noisy("b"), Noisy("c"));
    assert_same_drops!((a: Noisy, b: Noisy, c: Noisy) { pause().await; let _ = (&c, &a, &b); pause().await; }, Noisy("a"), Noisy("b"), Noisy("c"));
    assert_same_drops!((a: Noisy, b: Noisy) { drop(b); pause().await; drop(a); }, Noisy("a"), Noisy("b"));
    assert_same_drops!((a: Noisy, b: Noisy) { let _local = Noisy("local"); let moved = a; pause().await; drop(b); let _ = &moved; }, Noisy("a"), Noisy("b"));
}

#[test]
fn of_arguments_that_are_not_used_are_in_the_same_order() {
    assert_same_drops!((_: Noisy, _b: Noisy) { pause().await; }, Noisy("a"), Noisy("b"));
    assert_same_drops!((_a: Noisy, b: Noisy) { pause().await; let _ = &b; }, Noisy("a"), Noisy("b"));
    assert_same_drops!((a: Noisy, _b: Noisy, c: Noisy) { pause().await; let _ = (&a, &c); }, Noisy("a"), Noisy("b"), Noisy("c"));
}

#[test]
fn of_patterns_are_in_the_same_order() {
    assert_same_drops!(((a, b): (Noisy, Noisy), c: Noisy) { pause().await; let _ = (&a, &b, &c); }, (Noisy("a"), Noisy("b")), Noisy("c"));
}

#[test]
fn of_temporaries_and_locals_are_in_the_same_order() {
    assert_same_drops!((a: Noisy) {
        let _local = Noisy("local");
        pause().await;
        if Noisy("temporary").0 == a.0 {} else { pause().await }
    }, Noisy("a"));
}

/// They are freed behind the guard, as in a function that is not `async`.
#[test]
fn of_arguments_do_not_count() {
    #[alloc_budget(max = 0, max_deallocs = 0)]
    #[allow(clippy::unused_async)]
    async fn one_poll(block: Block) -> usize {
        block.capacity()
    }
    #[alloc_budget(max = 0, max_deallocs = 0)]
    async fn awaits(block: Block) -> usize {
        pause().await;
        block.capacity()
    }
    assert_eq!(block_on(one_poll(block(10))), 10);
    assert_eq!(block_on(awaits(block(10))), 10);
    assert_eq!(block_on(measure_future(awaits(block(10)))).1.deallocations, 1);
}

#[test]
fn of_locals_count() {
    #[alloc_budget(max = 1, max_deallocs = 1, max_retained_bytes = 0)]
    async fn awaits() -> usize {
        let block = block(10);
        pause().await;
        block.capacity()
    }
    assert_eq!(block_on(awaits()), 10);
}
