//! Methods, by every kind of `self`.

use std::sync::Arc;

use alloc_budget::alloc_budget;

use super::*;

#[derive(Debug, PartialEq)]
struct Counter(u8);

impl Counter {
    #[alloc_budget(max = self.0)]
    async fn shared(&self) -> &u8 {
        pause().await;
        &self.0
    }

    #[alloc_budget(max = 0)]
    async fn exclusive(&mut self, by: u8) -> &mut Self {
        pause().await;
        self.0 += by;
        self
    }

    #[alloc_budget(max = 0)]
    async fn owned(self) -> u8 {
        pause().await;
        self.0
    }

    #[alloc_budget(max = 0)]
    async fn mutable(mut self) -> Self {
        pause().await;
        self.0 += 1;
        self
    }

    #[alloc_budget(max = 0, max_deallocs = 1)]
    async fn boxed(self: Box<Self>) -> u8 {
        pause().await;
        self.0
    }

    #[alloc_budget(max = 0)]
    async fn counted(self: Arc<Self>) -> Arc<Self> {
        pause().await;
        self
    }

    #[alloc_budget(max = 0)]
    async fn pinned<'a>(self: Pin<&'a mut Self>, other: &'a u8) -> &'a u8 {
        pause().await;
        if self.0 > *other { &self.get_mut().0 } else { other }
    }
}

#[test]
fn may_be_of_any_form() {
    let mut counter = Counter(1);
    assert_eq!(block_on(counter.shared()), &1);
    assert_eq!(block_on(counter.exclusive(2)), &Counter(3));
    assert_eq!(block_on(pin!(Counter(3)).as_mut().pinned(&1)), &3);
    assert_eq!(block_on(Arc::new(Counter(4)).counted()), Arc::new(Counter(4)));
    assert_eq!(block_on(Box::new(Counter(5)).boxed()), 5);
    assert_eq!(block_on(block_on(Counter(6).mutable()).owned()), 7);
}
