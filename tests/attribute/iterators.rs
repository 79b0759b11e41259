//! What a function returns does its work later: an iterator may have a budget of its own.

use alloc_budget::{Budget, IterWithBudget, OnOverage, alloc_budget, measure};

use super::{allocate, is_exceeded};

const ONE: Budget = Budget::new().max(1).name("one");

fn allocates(times: usize) -> impl Iterator<Item = usize> {
    (0..times).map(|n| allocate().len() + n)
}

/// The attribute ends where the function returns.
#[alloc_budget(max = 0)]
fn budgeted(times: usize) -> impl Iterator<Item = usize> {
    allocates(times).with_budget(ONE)
}

#[test]
fn is_judged_over_all_items_together() {
    assert!(!is_exceeded(|| assert_eq!(budgeted(1).sum::<usize>(), 1)));
    assert!(is_exceeded(|| budgeted(2).sum::<usize>()));
}

#[test]
fn is_judged_when_it_ends() {
    let mut items = budgeted(2);
    assert_eq!((items.next(), items.next()), (Some(1), Some(2)));
    assert!(is_exceeded(|| items.next()));
    assert_eq!(items.next(), None, "once");
    drop(items);
}

#[test]
fn is_judged_when_it_is_dropped_before() {
    assert!(is_exceeded(|| budgeted(3).nth(1)));
    assert!(!is_exceeded(|| budgeted(3).next()));
    assert!(!is_exceeded(|| drop(budgeted(3))));
}

#[test]
fn counts_what_next_does_and_nothing_else() {
    let (one, two) = (allocates(2), allocates(1));
    let nothing = Budget::new().max(0).max_deallocs(0);
    let block = allocate();
    let mut kept = (0..3).with_budget(nothing);
    for _ in 0..3 {
        allocate();
        kept.next();
    }
    assert_eq!(kept.next(), None);
    drop([block].into_iter().with_budget(nothing));
    let ((), m) = measure(|| drop(one.with_budget(Budget::new()).zip(two).collect::<Vec<_>>()));
    assert_eq!(m.allocations, 4, "around it, all of it");
}

#[test]
fn a_panic_ends_it_without_a_verdict() {
    let panics = || {
        let mut items = budgeted(3);
        items.next();
        items.next();
        panic!("first");
    };
    assert_eq!(support::panic_of(panics).1, "first");
    let inside = || (0..2).map(|_| -> u8 { panic!("in {}", allocate().len()) }).with_budget(ONE).count();
    assert_eq!(support::panic_of(inside).1, "in 1");
}

#[test]
fn does_what_its_budget_says_and_knows_its_length() {
    let warns = Budget::new().max(0).on_overage(OnOverage::Warn).name("a warning, as it should be");
    assert_eq!(allocates(1).with_budget(warns).count(), 1);
    assert_eq!(budgeted(3).size_hint(), (3, Some(3)));
    let place = support::panic_of(|| allocates(2).with_budget(Budget::new().max(0)).count()).1;
    assert!(place.contains(&format!("`{}:", support::slashed(file!()))), "{place}");
}

/// As far as there is a line of the user's, and the budget's own otherwise.
#[test]
fn panics_at_the_loop() {
    let line = line!() + 1;
    let over = |times| allocates(times).with_budget(Budget::new().max(0).name("over"));
    let looped = support::panic_of(|| for _ in over(2) {});
    assert!(looped.0.starts_with(&format!("{}:{}:", file!(), line + 1)), "{looped:?}");
    assert!(looped.1.starts_with("allocation budget exceeded: `over`\n"), "{looped:?}");
    let dropped = || {
        let mut items = over(2);
        items.next();
        drop(items);
    };
    for (_, message) in [support::panic_of(|| over(2).count()), support::panic_of(dropped)] {
        let title = "allocation budget exceeded: `over`\n  given at ";
        assert!(message.starts_with(&format!("{title}{}:{line}:", file!())), "{message}");
    }
}
