//! Plain functions that return a future with a budget.

use std::rc::Rc;

use alloc_budget::{Budget, WithBudget as _, alloc_budget};
use futures::StreamExt as _;
use futures::stream;

use super::*;

fn read(text: &str) -> impl Future<Output = &str> + Send {
    async {
        pause().await;
        text.trim()
    }
    .with_budget(Budget::new().max(0))
}

fn local<T: Clone>(value: &Rc<T>, max: u64) -> impl Future<Output = Box<T>> {
    let budget = Budget::new().max(max);
    budget.instrument(async move {
        pause().await;
        Box::new(T::clone(value))
    })
}

trait Reader {
    fn read(&mut self) -> impl Future<Output = Option<u8>> + Send;
}

impl Reader for std::vec::IntoIter<u8> {
    fn read(&mut self) -> impl Future<Output = Option<u8>> + Send {
        async {
            pause().await;
            self.next()
        }
        .with_budget(Budget::new().max(0).max_deallocs(0))
    }
}

#[test]
fn may_be_returned() {
    assert_eq!(block_on(assert_send(read(" a "))), "a");
    assert_eq!(block_on(local(&Rc::new(1), 1)), Box::new(1));
    assert_eq!(block_on(vec![7].into_iter().read()), Some(7));
}

#[test]
#[should_panic(expected = "allocations   1 of 0")]
fn may_be_over_their_budget() {
    block_on(local(&Rc::new(1), 0));
}

/// A method that awaits the next item of a stream.
#[test]
fn may_await_streams() {
    struct Lines<S>(S);
    impl<S: stream::Stream<Item = usize> + Unpin> Lines<S> {
        #[alloc_budget(max = 1, max_bytes = limit)]
        async fn next(&mut self, limit: usize) -> Option<Block> {
            Some(block(self.0.next().await?))
        }
    }
    let items = stream::unfold(10, |size| async move {
        pause().await;
        (size < 13).then_some((size, size + 1))
    });
    let items = pin!(items);
    let mut lines = Lines(items);
    for size in 10..13 {
        assert_eq!(block_on(lines.next(size)).unwrap().capacity(), size);
    }
    assert!(block_on(lines.next(0)).is_none());
}
