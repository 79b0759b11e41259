//! Inherent methods, with `self` in every form.
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;

use alloc_budget::alloc_budget;

#[derive(Default)]
struct Counter {
    n: u64,
}

impl Counter {
    const ALLOCATIONS: u64 = 0;

    #[alloc_budget(max = Self::ALLOCATIONS)]
    fn new(n: u64) -> Self {
        Self { n }
    }

    #[alloc_budget(max = self.n)]
    fn by_value(self) -> u64 {
        self.n
    }

    #[alloc_budget(max = self.n)]
    fn by_mutable_value(mut self) -> Self {
        self.n += 1;
        self
    }

    #[alloc_budget(max = self.n)]
    fn by_reference(&self) -> &u64 {
        &self.n
    }

    #[alloc_budget(max = self.n)]
    fn by_mutable_reference(&mut self) -> &mut u64 {
        &mut self.n
    }

    #[alloc_budget(max = self.n)]
    fn with_lifetime<'a>(&'a self, _: &str) -> &'a u64 {
        &self.n
    }

    #[alloc_budget(max = self.n)]
    fn typed(self: &Self) -> u64 {
        self.n
    }

    #[alloc_budget(max = self.n)]
    fn boxed(self: Box<Self>) -> u64 {
        self.n
    }

    #[alloc_budget(max = self.n)]
    fn mutable_box(mut self: Box<Self>) -> Box<Self> {
        self.n += 1;
        self
    }

    #[alloc_budget(max = self.n)]
    fn counted(self: Rc<Self>) -> u64 {
        self.n
    }

    #[alloc_budget(max = self.n)]
    fn shared(self: &Arc<Self>) -> Arc<Self> {
        self.clone()
    }

    #[alloc_budget(max = self.n)]
    fn pinned(self: Pin<&mut Self>) -> u64 {
        self.get_mut().n
    }

    #[alloc_budget(max = self.n)]
    fn pinned_box(self: Pin<Box<Self>>) -> u64 {
        self.n
    }
}

fn main() {
    let mut counter = Counter::new(1).by_mutable_value();
    assert_eq!(counter.by_reference(), &2);
    *counter.by_mutable_reference() += 1;
    assert_eq!(counter.with_lifetime("short"), &3);
    assert_eq!(counter.typed(), 3);
    assert_eq!(Pin::new(&mut counter).pinned(), 3);
    assert_eq!(Box::pin(Counter::new(4)).pinned_box(), 4);
    assert_eq!(Box::new(Counter::new(5)).mutable_box().boxed(), 6);
    assert_eq!(Rc::new(Counter::new(7)).counted(), 7);
    assert_eq!(Arc::new(Counter::new(8)).shared().n, 8);
    assert_eq!(counter.by_value(), 3);
}
