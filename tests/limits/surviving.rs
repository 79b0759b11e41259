//! `max_surviving_bytes`: blocks that were allocated in the scope and outlive it.

use std::hint::black_box;
use std::thread;

use alloc_budget::{Budget, Handle, Limit, alloc_budget, exempt};
use support::{Block, alone, block_on, catch, on_line, pause};

use super::{numbers, places};

fn at_most(bytes: u64) -> Budget {
    Budget::new().max_surviving_bytes(bytes)
}

/// What survives `f`, as a budget measures it.
fn surviving(f: impl Fn()) -> u64 {
    // Nothing is allowed less than 0: what survives beside it is there to be seen.
    let overage = at_most(0).check(|| {
        f();
        std::mem::forget(block!(1));
    });
    let measured = overage.unwrap_err().measurement().surviving_bytes - 1;
    at_most(measured).check(&f).unwrap();
    assert_eq!(at_most(measured.saturating_sub(1)).check(&f).is_err(), measured > 0);
    measured
}

const REPLACED: u32 = line!() + 4;

/// Leaves as much behind as it frees of what was there.
fn replaces(cache: &mut Block) {
    *cache = block!(64);
}

#[test]
fn a_leak_is_seen_beside_what_is_freed_of_what_was_there_before() {
    let mut cache = block!(64);
    assert!(Budget::new().max_retained_bytes(0).check(|| replaces(&mut cache)).is_ok());
    let overage = at_most(63).check(|| replaces(&mut cache)).unwrap_err();
    assert_eq!(numbers(&overage), [(Limit::SurvivingBytes, 64, 63)]);
    assert!(at_most(64).check(|| replaces(&mut cache)).is_ok());
}

#[alloc_budget(max_surviving_bytes = 0)]
fn limited(cache: &mut Block) {
    drop(block!(10));
    replaces(cache);
}

#[test]
fn the_attribute_names_the_block_that_is_left() {
    let message = catch(|| limited(&mut block!(64))).unwrap_err().message;
    assert!(message.contains("bytes   74      surviving bytes   64 of 0\n"), "{message}");
    assert!(message.contains(&format!("64 B   ×1   {}", on_line(file!(), REPLACED))), "{message}");
    assert_eq!(message.matches(" ×1 ").count(), 1, "{message}");
    assert!(message.contains("`max_surviving_bytes = 64`"), "{message}");
}

#[test]
fn what_is_freed_inside_does_not_survive() {
    assert_eq!(surviving(|| drop(block!(10))), 0);
    // In another order, and more of them than anybody would list.
    let many = || {
        let blocks: [Block; 6000] = std::array::from_fn(|i| block!(1 + i % 7));
        drop(blocks);
    };
    assert_eq!(surviving(many), 0);
    assert_eq!(surviving(|| drop((block!(10), std::mem::forget(block!(5)), block!(7)))), 5);
}

#[test]
fn a_reallocation_makes_another_block() {
    let grown = || {
        let mut block = block!(10);
        block.reserve_exact(30);
        block
    };
    assert_eq!(surviving(|| drop(grown())), 0);
    assert_eq!(surviving(|| std::mem::forget(grown())), 30);
    let from_outside = || {
        let mut block = exempt(|| block!(10));
        block.reserve_exact(30);
        exempt(|| drop(block));
    };
    // Freed where nobody looked.
    assert_eq!(surviving(from_outside), 30);
}

#[test]
fn each_scope_has_blocks_of_its_own() {
    let outer = at_most(12).check(|| {
        let before = block!(12);
        let inner = at_most(6).check(|| {
            drop(before);
            std::mem::forget(block!(7));
        });
        assert_eq!(inner.unwrap_err().measurement().surviving_bytes, 7);
        exempt(|| std::mem::forget(block!(100)));
        std::mem::forget(block!(6));
    });
    let overage = outer.unwrap_err();
    assert_eq!(numbers(&overage), [(Limit::SurvivingBytes, 13, 12)]);
    assert_eq!(places(&overage).len(), 2, "{overage}");
}

#[test]
fn is_found_where_call_sites_are_not_wanted() {
    let test = "surviving::is_found_where_call_sites_are_not_wanted";
    alone(test, &[("ALLOC_BUDGET_TRACE", "off")], || {
        assert_eq!(surviving(|| drop(block!(10))), 0);
        let mut cache = block!(64);
        let overage = at_most(0).check(|| replaces(&mut cache)).unwrap_err();
        assert_eq!(numbers(&overage), [(Limit::SurvivingBytes, 64, 0)]);
        assert_eq!((overage.call_sites().len(), overage.left_out()), (0, 0));
    });
}

#[test]
fn polls_are_one_scope() {
    let future = |leaked: usize| async move {
        let across = block!(40);
        pause().await;
        drop(across);
        std::mem::forget(block!(leaked));
    };
    assert!(block_on(at_most(8).check_future(future(8))).is_ok());
    let overage = block_on(at_most(8).check_future(future(9))).unwrap_err();
    assert_eq!(numbers(&overage), [(Limit::SurvivingBytes, 9, 8)]);
}

/// Whichever of them frees it.
#[test]
fn threads_with_a_handle_are_one_scope() {
    let crossing = |leaked: usize| {
        move || {
            let scope = Handle::current();
            let own = block!(200_000);
            let other = exempt(|| {
                let work = || {
                    scope.run(|| {
                        drop(own);
                        std::mem::forget(block!(leaked));
                        block!(100_000)
                    })
                };
                thread::scope(|threads| threads.spawn(work).join().unwrap())
            });
            drop(other);
        }
    };
    assert!(at_most(10_000).check(crossing(10_000)).is_ok());
    let overage = at_most(9_999).check(crossing(10_000)).unwrap_err();
    assert_eq!(numbers(&overage), [(Limit::SurvivingBytes, 10_000, 9_999)]);
}
