//! The least that a scope with a limit can do: it remembers the limit around it, sets a tighter
//! one, and looks at the end whether it was passed. It keeps no number for a report, finds no call
//! site, and is wrong where a guard is forgotten or dropped out of order.

use std::cell::Cell;
use std::hint::black_box;

thread_local! {
    static ALLOCATIONS: Cell<[u64; 2]> = const { Cell::new([0, u64::MAX]) };
}

struct Guard(u64);

impl Guard {
    #[inline(always)]
    fn enter(max: u64) -> Self {
        ALLOCATIONS.with(|counter| {
            let [allocations, limit] = counter.get();
            counter.set([allocations, limit.min(allocations + max)]);
            Self(limit)
        })
    }
}

impl Drop for Guard {
    #[inline(always)]
    fn drop(&mut self) {
        ALLOCATIONS.with(|counter| {
            let [allocations, limit] = counter.get();
            counter.set([allocations, self.0]);
            if allocations > limit {
                overage();
            }
        });
    }
}

#[cold]
#[inline(never)]
fn overage() {
    black_box(());
}

#[inline(never)]
pub(crate) fn max(i: u64) {
    let _guard = Guard::enter(0);
    black_box(i);
}

#[inline(never)]
pub(crate) fn boxed(i: u64) -> Box<u64> {
    let _guard = Guard::enter(1);
    Box::new(black_box(i))
}

pub(crate) fn nested(depth: u64) {
    let _guard = Guard::enter(0);
    if depth > 1 {
        nested(depth - 1);
    }
}
