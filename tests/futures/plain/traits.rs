//! Traits with `async fn`s.

use alloc_budget::alloc_budget;

use super::*;

trait Source {
    type Item;

    async fn get(&mut self) -> Option<Self::Item>;

    #[alloc_budget(max = 0)]
    async fn skip(&mut self, count: usize) -> Option<Self::Item> {
        for _ in 0..count {
            self.get().await?;
        }
        self.get().await
    }

    #[alloc_budget(max = 0)]
    async fn of(item: Self::Item) -> Self::Item
    where
        Self: Sized,
    {
        pause().await;
        item
    }
}

impl<T: Copy, const N: usize> Source for (usize, [T; N]) {
    type Item = T;

    #[alloc_budget(max = 0)]
    async fn get(&mut self) -> Option<T> {
        pause().await;
        let (at, all) = self;
        *at += 1;
        all.get(*at - 1).copied()
    }
}

#[test]
fn have_async_methods_and_defaults() {
    let mut source = (0, [1, 2, 3]);
    assert_eq!(block_on(source.get()), Some(1));
    assert_eq!(block_on(source.skip(1)), Some(3));
    assert_eq!(block_on(source.skip(1)), None);
    assert_eq!(block_on(<(usize, [u8; 0])>::of(4)), 4);
}
