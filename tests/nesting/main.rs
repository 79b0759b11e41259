//! Scopes in scopes: every one of them exact, at any depth, in any order, on any number of threads.

#![cfg_attr(target_family = "wasm", allow(unused, reason = "by tests that are not there"))]

mod in_the_allocator;

use std::hint::black_box;
use std::thread;

use alloc_budget::{Budget, CallSite, Measurement, Overage, alloc_budget, measure, records};
use support::{Block, block, on_a_deep_stack, panic_of, row};

fn work() {
    let mut block = block(10);
    block.reserve_exact(30);
    drop(black_box(block));
}

/// The measurement of so many calls of `work`.
fn assert_work(m: &Measurement, calls: u64) {
    assert_eq!((m.allocations, m.reallocations, m.deallocations), (2 * calls, calls, 2 * calls));
    assert_eq!((m.bytes_allocated, m.retained_bytes), (40 * calls, 0));
    assert_eq!(m.peak_bytes, if calls > 0 { 30 } else { 0 });
}

#[test]
fn a_hundred_thousand_scopes_one_after_another() {
    const CALLS: u64 = 100_000;
    let budget = Budget::new().max(2).max_bytes(40).max_peak_bytes(30).max_retained_bytes(0).max_reallocs(1);
    let ((), all) = measure(|| {
        for _ in 0..CALLS / 2 {
            assert_work(&measure(work).1, 1);
            budget.max_deallocs(2).enforce(work);
        }
    });
    assert_work(&all, CALLS);
}

#[cfg(not(target_family = "wasm"))] // no threads
#[test]
fn ten_thousand_scopes_in_each_other() {
    fn level(depth: u64) {
        let ((), m) = measure(|| {
            work();
            if depth > 1 {
                level(depth - 1);
            }
        });
        assert_work(&m, depth);
    }
    on_a_deep_stack(|| level(10_000));
}

#[cfg(not(target_family = "wasm"))] // no threads
#[test]
fn ten_thousand_budgets_in_each_other() {
    #[alloc_budget(max = 2 * depth, max_bytes = 40 * depth, max_peak_bytes = 30, max_reallocs = depth)]
    fn level(depth: u64) {
        if depth > 0 {
            level(depth - 1);
            work();
        }
    }
    let ((), m) = on_a_deep_stack(|| measure(|| level(10_000)));
    assert_work(&m, 10_000);
}

/// With these limits every event of a level is looked at closely in all levels around it.
#[cfg(not(target_family = "wasm"))] // no threads
#[test]
fn three_hundred_budgets_in_each_other_that_follow_every_block() {
    #[alloc_budget(max_retained_bytes = 0, max_deallocs = 2 * depth)]
    fn level(depth: u64) {
        if depth > 0 {
            level(depth - 1);
            work();
        }
    }
    let ((), m) = on_a_deep_stack(|| measure(|| level(300)));
    assert_work(&m, 300);
}

mod recursion {
    use super::*;

    const DEPTH: u64 = 70;

    /// Too little is allowed at the level `wrong`, by one allocation.
    #[alloc_budget(max = if level == wrong { level - 1 } else { level }, name = "level")]
    fn descend(level: u64, wrong: u64) {
        let block = block(1);
        if level > 1 {
            descend(level - 1, wrong);
        }
        drop(block);
    }

    #[cfg(not(target_family = "wasm"))] // no unwinding
    #[test]
    fn is_judged_exactly_at_every_level() {
        descend(DEPTH, 0);
        for wrong in 1..=DEPTH {
            let (_, message) = panic_of(|| descend(DEPTH, wrong));
            let numbers = format!("  allocations   {wrong} of {}  ", wrong - 1);
            assert!(message.contains(&numbers), "{message}");
        }
    }

    #[alloc_budget(measure, name = "measured level")]
    fn measured(level: u64, seen: &mut Vec<u64>) {
        let ((), m) = measure(|| {
            let block = block(1);
            if level > 1 {
                measured(level - 1, seen);
            }
            drop(block);
        });
        seen.push(m.allocations);
    }

    #[test]
    fn is_measured_exactly_at_every_level() {
        let mut seen = Vec::with_capacity(70);
        measured(DEPTH, &mut seen);
        assert_eq!(seen, (1..=DEPTH).collect::<Vec<_>>());

        let records = records();
        let record = records.iter().find(|record| record.name == "measured level").unwrap();
        assert_eq!((record.calls, record.highest.allocations), (DEPTH, DEPTH));
        assert_eq!((record.highest.peak_bytes, record.highest.retained_bytes), (DEPTH, 0));
    }
}

mod peaks {
    use super::*;

    /// A step of a program whose peaks are easily found by hand.
    enum Step {
        /// Allocates so many bytes.
        Take(usize),
        /// Frees the block that was allocated last.
        Free,
        /// Frees the block that was allocated first.
        FreeFirst,
        /// Does the steps in a scope, which then has this peak and retains this much.
        Scope(&'static [Step], u64, i64),
    }

    use Step::{Free, FreeFirst, Scope, Take};

    fn run(steps: &[Step], blocks: &mut Vec<Block>, path: &mut Vec<usize>) {
        for (at, step) in steps.iter().enumerate() {
            match step {
                Take(bytes) => blocks.push(block(*bytes)),
                Free => drop(black_box(blocks.pop())),
                FreeFirst => drop(black_box(blocks.remove(0))),
                Scope(steps, peak, retained) => {
                    path.push(at);
                    let ((), m) = measure(|| run(steps, blocks, path));
                    assert_eq!((m.peak_bytes, m.retained_bytes), (*peak, *retained), "the scope {path:?}");
                    path.pop();
                }
            }
        }
    }

    const PROGRAMS: [Step; 12] = [
        // The parent's own peak was before the inner scope.
        Scope(&[Take(100), Free, Scope(&[Take(60)], 60, 60), Free], 100, 0),
        // It is in the inner scope, on top of what was there.
        Scope(&[Take(100), Scope(&[Take(50), Free], 50, 0), Free], 150, 0),
        // It is after the inner scope.
        Scope(&[Take(10), Scope(&[Take(20), Free], 20, 0), Take(80), Free, Free], 90, 0),
        // Peaks one after another are not added up.
        Scope(&[Scope(&[Take(80), Free], 80, 0), Scope(&[Take(80), Free], 80, 0)], 80, 0),
        // The higher of two scopes, whichever comes first.
        Scope(&[Scope(&[Take(90), Free], 90, 0), Scope(&[Take(10), Free], 10, 0)], 90, 0),
        Scope(&[Scope(&[Take(10), Free], 10, 0), Scope(&[Take(90), Free], 90, 0)], 90, 0),
        // What the inner scope retains is there for the next one, and does not count for it.
        Scope(&[Scope(&[Take(40)], 40, 40), Scope(&[Take(30), Free], 30, 0), Free], 70, 0),
        // An inner scope that frees the outer one's block begins below its entry.
        Scope(&[Take(100), Scope(&[Free, Take(60)], 0, -40), Free], 100, 0),
        Scope(&[Take(30), Scope(&[Free, Take(50)], 20, 20), Free], 50, 0),
        Scope(&[Take(30), Scope(&[Take(50), FreeFirst], 50, 20), Free], 80, 0),
        // Three levels, the peak in the innermost one, and then each one's own.
        Scope(
            &[
                Take(1),
                Scope(&[Take(10), Scope(&[Take(100), Free], 100, 0), Take(5), Free, Free], 110, 0),
                Scope(&[Take(200), Scope(&[Free, Take(150), Free], 0, -200), Take(7), Free], 200, 0),
                Free,
            ],
            201,
            0,
        ),
        // An empty scope, and one that only frees.
        Scope(&[Take(10), Scope(&[], 0, 0), Scope(&[Free], 0, -10), Scope(&[], 0, 0)], 10, 0),
    ];

    #[test]
    fn are_those_found_by_hand() {
        let mut blocks = Vec::with_capacity(8);
        let mut path = Vec::with_capacity(8);
        run(&PROGRAMS, &mut blocks, &mut path);
        // All of them again, in a scope around them.
        let ((), m) = measure(|| run(&PROGRAMS, &mut blocks, &mut path));
        assert_eq!((m.peak_bytes, m.retained_bytes), (201, 0));
        assert_eq!(blocks, Vec::<Vec<u8>>::new());
    }
}

mod overages {
    use super::*;

    /// Allocates a block before, two inside, and one after the inner scope, each on a line of its
    /// own. Returns what became of the outer and of the inner one.
    fn nested(outer: u64, inner: u64) -> (Option<Overage>, Option<Overage>) {
        let mut inner_overage = None;
        let (outer_overage, m) = measure(|| {
            let all = Budget::new().max(outer).check(|| {
                drop(black_box(Block::with_capacity(1)));
                let result = Budget::new().max(inner).check(|| {
                    drop(black_box(Block::with_capacity(2)));
                    drop(black_box(Block::with_capacity(3)));
                });
                inner_overage = result.err();
                drop(black_box(Block::with_capacity(4)));
            });
            all.err()
        });
        assert_eq!((m.allocations, m.bytes_allocated, m.peak_bytes), (4, 10, 4), "reports count nowhere");
        (outer_overage, inner_overage)
    }

    /// The number that was measured, and the sizes of the blocks that are listed; each has its own
    /// call site.
    fn listed(overage: Option<&Overage>) -> Option<(u64, Vec<u64>)> {
        let overage = overage?;
        assert!(overage.call_sites().iter().all(|site| site.count() == 1), "{overage}");
        let mut bytes: Vec<_> = overage.call_sites().iter().map(CallSite::bytes).collect();
        bytes.sort_unstable();
        Some((overage.measurement().allocations, bytes))
    }

    #[cfg(not(target_family = "wasm"))] // no call sites
    #[test]
    fn each_lists_its_own() {
        for (outer, inner, expected_outer, expected_inner) in [
            (4, 2, None, None),
            (4, 1, None, Some((2, vec![3]))),
            (4, 0, None, Some((2, vec![2, 3]))),
            (3, 2, Some((4, vec![4])), None),
            (1, 2, Some((4, vec![2, 3, 4])), None),
            (1, 1, Some((4, vec![2, 3, 4])), Some((2, vec![3]))),
            (2, 0, Some((4, vec![3, 4])), Some((2, vec![2, 3]))),
            (0, 0, Some((4, vec![1, 2, 3, 4])), Some((2, vec![2, 3]))),
        ] {
            let (outer_overage, inner_overage) = nested(outer, inner);
            assert_eq!(listed(outer_overage.as_ref()), expected_outer, "outer of {outer} and {inner}");
            assert_eq!(listed(inner_overage.as_ref()), expected_inner, "inner of {outer} and {inner}");
        }
    }

    #[test]
    fn limits_of_different_kinds_do_not_disturb_each_other() {
        let mut inner = None;
        let outer = Budget::new().max_retained_bytes(0).check(|| {
            let early = black_box(Block::with_capacity(11));
            let kept = Budget::new().max_deallocs(1).max_peak_bytes(50).check(|| {
                // Followed by the outer scope since before the inner one.
                drop(early);
                drop(black_box(Block::with_capacity(22)));
                black_box(Block::with_capacity(33))
            });
            inner = kept.err();
            black_box(Block::with_capacity(44))
        });
        let (outer, inner) = (outer.unwrap_err(), inner.unwrap());
        assert_eq!(inner.measurement().deallocations, 2);
        assert_eq!(listed(Some(&inner)), Some((2, vec![22])));
        // 33 was dropped with the inner scope's overage.
        assert_eq!(listed(Some(&outer)), Some((4, vec![44])));
        assert_eq!(outer.measurement().retained_bytes, 44);
    }

    #[test]
    fn a_block_is_followed_through_inner_scopes_of_every_kind() {
        let outer = Budget::new().max_retained_bytes(0).check(|| {
            let mut blocks = [1, 2, 3, 4].map(|bytes| Some(black_box(Block::with_capacity(bytes))));
            let mut free = |at: usize| drop(black_box(blocks[at].take()));
            measure(|| free(0));
            Budget::new().max(0).enforce(|| free(1));
            assert!(Budget::new().max_deallocs(0).check(|| free(2)).is_err());
            blocks
        });
        let outer = outer.unwrap_err();
        assert_eq!(listed(Some(&outer)), Some((4, vec![4])));
    }

    #[test]
    fn a_scope_follows_blocks_after_one_inside_of_it_has() {
        let mut inner = None;
        let outer = Budget::new().max_retained_bytes(50).check(|| {
            let mut blocks = None;
            let kept = Budget::new().max_retained_bytes(0).check(|| {
                blocks = Some([30, 40].map(|bytes| black_box(Block::with_capacity(bytes))));
            });
            inner = kept.err();
            let [first, second] = blocks.unwrap();
            drop(second);
            (first, black_box(Block::with_capacity(60)))
        });
        let (outer, inner) = (outer.unwrap_err(), inner.unwrap());
        assert_eq!(inner.measurement().allocations, 2);
        assert_eq!(listed(Some(&outer)), Some((3, vec![60])));
        assert_eq!(outer.measurement().deallocations, 1);
    }

    #[test]
    fn a_scope_follows_blocks_in_one_that_has_none_left() {
        let mut inner = None;
        let outer = Budget::new().max_retained_bytes(10).check(|| {
            drop(black_box(Block::with_capacity(20)));
            let mut block = None;
            let kept = Budget::new().max_retained_bytes(0).check(|| {
                drop(black_box(Block::with_capacity(3)));
                block = Some(black_box(Block::with_capacity(5)));
            });
            inner = kept.err();
            (block, black_box(Block::with_capacity(7)))
        });
        let (outer, inner) = (outer.unwrap_err(), inner.unwrap());
        assert_eq!(listed(Some(&inner)), Some((2, vec![5])));
        assert_eq!(listed(Some(&outer)), Some((4, vec![7])));
        assert_eq!(outer.measurement().deallocations, 2);
    }
}

/// Scopes at one depth are in the same place in memory one after another.
mod in_one_place {
    use super::*;

    const FUNCTIONS: [fn() -> u32; 6] = {
        #[alloc_budget(max = 0)]
        fn max() -> u32 {
            1
        }
        #[alloc_budget(max_bytes = 0)]
        fn max_bytes() -> u32 {
            1
        }
        #[alloc_budget(max_peak_bytes = 0)]
        fn max_peak_bytes() -> u32 {
            1
        }
        #[alloc_budget(max_retained_bytes = 0)]
        fn max_retained_bytes() -> u32 {
            1
        }
        #[alloc_budget(max_reallocs = 0)]
        fn max_reallocs() -> u32 {
            1
        }
        #[alloc_budget(max_deallocs = 0)]
        fn max_deallocs() -> u32 {
            1
        }
        [max, max_bytes, max_peak_bytes, max_retained_bytes, max_reallocs, max_deallocs]
    };

    /// Of everything some.
    fn work() -> Block {
        super::work();
        block(7)
    }

    /// What passes the outer one's limit is still captured, though the place once had a wider one.
    #[cfg(not(target_family = "wasm"))] // no call sites
    #[test]
    fn what_one_leaves_does_not_widen_the_limits_around_it() {
        for function in FUNCTIONS {
            let wide = Budget::new().max_peak_bytes(1 << 20);
            wide.check(|| FUNCTIONS[2]()).unwrap();
            let narrow = Budget::new().max_peak_bytes(1_000);
            let overage = narrow
                .check(|| {
                    function();
                    drop(block(2_000));
                })
                .unwrap_err();
            assert_eq!(overage.call_sites().iter().map(CallSite::bytes).collect::<Vec<_>>(), [2_000]);
        }
    }

    /// Each scope's peak is its own, whatever the last one in this place had to remember of the one
    /// around it.
    #[test]
    fn what_one_leaves_is_not_the_peak_around_it() {
        for (first, second) in FUNCTIONS.iter().flat_map(|first| FUNCTIONS.map(|second| (first, second))) {
            let (_, m) = measure(|| {
                drop(block(2_000));
                first()
            });
            assert_eq!(m.peak_bytes, 2_000);
            let ((), m) = measure(|| {
                second();
                super::work();
            });
            assert_eq!(m.peak_bytes, 30);
        }
    }

    #[cfg(not(target_family = "wasm"))] // no call sites
    #[test]
    fn what_one_leaves_is_nothing_to_the_next_nor_to_those_around_it() {
        let none = Budget::new();
        let budgets = [
            none.max(2),
            none.max_bytes(46),
            none.max_peak_bytes(29),
            none.max_retained_bytes(6),
            none.max_reallocs(0),
            none.max_deallocs(1),
        ];
        for (first, second) in FUNCTIONS.iter().flat_map(|first| FUNCTIONS.map(|second| (first, second))) {
            let (_kept, m) = measure(|| {
                first();
                second();
                work()
            });
            assert_eq!(row(&m), (3, 1, 2, 47, 30, 7));
            for budget in budgets {
                measure(first);
                let overage = budget.check(|| {
                    second();
                    work()
                });
                let overage = overage.unwrap_err();
                assert_eq!(row(overage.measurement()), (3, 1, 2, 47, 30, 7), "{overage}");
                assert!(!overage.call_sites().is_empty(), "{overage}");
            }
        }
    }
}

#[cfg(not(target_family = "wasm"))] // no threads
#[test]
fn threads_are_exact_side_by_side() {
    thread::scope(|scope| {
        for calls in 1..=8 {
            scope.spawn(move || {
                for _ in 0..500 {
                    let ((), outer) = measure(|| {
                        for call in 0..calls {
                            work();
                            let ((), inner) = measure(|| (0..call).for_each(|_| work()));
                            assert_work(&inner, call);
                        }
                    });
                    assert_work(&outer, calls + calls * (calls - 1) / 2);
                    let overage = Budget::new().max(2 * calls - 1).check(|| (0..calls).for_each(|_| work()));
                    assert_work(overage.unwrap_err().measurement(), calls);
                }
            });
        }
    });
}

#[test]
fn a_scope_without_an_allocation_is_a_success() {
    let nothing = Budget::new().max(0).max_bytes(0).max_peak_bytes(0).max_retained_bytes(0).max_reallocs(0);
    let (sum, m) = measure(|| nothing.max_deallocs(0).enforce(|| (1..=black_box(100)).sum::<u32>()));
    assert_eq!((sum, m), (5050, Measurement::default()));
}
