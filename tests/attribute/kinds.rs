//! Functions of every kind.

use std::fmt::Debug;
use std::hint::black_box;

use alloc_budget::alloc_budget;

use super::{allocate, is_exceeded};

#[alloc_budget(max = limit)]
fn free(limit: u32) {
    allocate();
}

#[alloc_budget(max = limit)]
fn generic<T: Clone + Debug>(limit: u32, value: T) -> impl Debug + use<T> {
    black_box(Box::new(value.clone()));
    value
}

#[alloc_budget(max = N)]
fn const_generic<const N: u32>() {
    allocate();
}

fn nested(limit: u32) {
    #[alloc_budget(max = limit)]
    fn inner(limit: u32) {
        allocate();
    }
    inner(limit);
}

#[alloc_budget(max = limit)]
unsafe fn dangerous(limit: u32) {
    allocate();
}

#[alloc_budget(max = limit)]
extern "C-unwind" fn foreign(limit: u32) {
    allocate();
}

#[alloc_budget(max = limit)]
#[inline(always)]
#[allow(clippy::inline_always)]
fn inlined(limit: u32) {
    allocate();
}

type Kind = (&'static str, fn(u32));

struct Limit(u32);

impl Limit {
    #[alloc_budget(max = limit)]
    fn associated(limit: u32) {
        allocate();
    }

    #[alloc_budget(max = self.0)]
    fn inherent(&self) {
        allocate();
    }

    #[alloc_budget(max = self.0)]
    fn consuming(mut self) -> u32 {
        self.0 += 1;
        allocate();
        self.0
    }
}

trait Allocate {
    fn limit(&self) -> u32;

    #[alloc_budget(max = self.limit())]
    fn by_default(&self) {
        allocate();
    }

    fn required(&self);
}

impl Allocate for Limit {
    #[alloc_budget(max = 0)]
    fn limit(&self) -> u32 {
        self.0
    }

    #[alloc_budget(max = self.0)]
    fn required(&self) {
        allocate();
    }
}

#[test]
fn all_are_enforced() {
    let kinds: [Kind; 14] = [
        ("free", free),
        ("generic", |limit| drop(generic(limit, "text"))),
        ("const generic", |limit| if limit == 0 { const_generic::<0>() } else { const_generic::<1>() }),
        ("nested", nested),
        // SAFETY: it asks for nothing.
        ("unsafe", |limit| unsafe { dangerous(limit) }),
        ("extern", |limit| foreign(limit)),
        ("inlined", inlined),
        ("associated", Limit::associated),
        ("inherent", |limit| Limit(limit).inherent()),
        ("consuming", |limit| assert_eq!(Limit(limit).consuming(), 2)),
        ("trait default", |limit| Limit(limit).by_default()),
        ("trait implementation", |limit| Limit(limit).required()),
        ("dyn", |limit| (&Limit(limit) as &dyn Allocate).required()),
        ("in a closure", |limit| {
            #[alloc_budget(max = limit)]
            fn inner(limit: u32) {
                allocate();
            }
            inner(limit);
        }),
    ];
    for (name, function) in kinds {
        assert!(is_exceeded(|| function(0)), "{name}");
        assert!(!is_exceeded(|| function(1)), "{name}");
    }
}
