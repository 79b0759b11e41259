//! What a passed limit costs: a stack captured 30 calls deep, and a report with its call sites, the
//! first of the process and the next one. Prints nanoseconds.

use std::hint::black_box;
use std::time::Instant;

use alloc_budget::Budget;

const DEPTH: u32 = 30;
const BATCHES: u32 = 200;
const BOXES: u32 = 20;

#[inline(never)]
fn at_depth(depth: u32, f: &mut dyn FnMut()) {
    if depth == 0 {
        f();
    } else {
        at_depth(black_box(depth - 1), f);
    }
    // Not a tail call.
    black_box(depth);
}

/// Nanoseconds of one operation.
fn lowest_of_batches(mut f: impl FnMut(u32)) -> u128 {
    let mut batch = || {
        let begin = Instant::now();
        (0..BOXES).for_each(&mut f);
        begin.elapsed().as_nanos() / u128::from(BOXES)
    };
    (0..BATCHES).map(|_| batch()).min().unwrap_or(0)
}

fn main() {
    let box_past_the_limit = || Budget::new().max(0).check(|| black_box(Box::new(1)));
    for what in ["first report", "next report"] {
        let begin = Instant::now();
        let overage = box_past_the_limit().expect_err("a box is an allocation");
        black_box(overage.to_string());
        println!("{what}\t{}", begin.elapsed().as_nanos());
    }
    at_depth(DEPTH, &mut || {
        let overage = Budget::new().max(0).check(|| {
            let lowest = lowest_of_batches(|i| drop(black_box(Box::new(i))));
            println!("captured stack\t{lowest}");
        });
        assert!(overage.is_err(), "every box is past the limit");
        // What of it is the unwinder's.
        let lowest = lowest_of_batches(|_| {
            // SAFETY: this thread alone walks its stack.
            unsafe { backtrace::trace_unsynchronized(|frame| !black_box(frame.ip()).is_null()) };
        });
        println!("bare walk\t{lowest}");
    });
}
