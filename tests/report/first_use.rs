//! What is allocated once, by whoever comes first.

use std::cell::{LazyCell, RefCell};
use std::sync::{LazyLock, Once, OnceLock};

use alloc_budget::{Budget, Overage};
use support::{Block, block, work};

/// The only call site's, and whether the report says it on the site's line.
fn first_use(f: impl FnOnce()) -> Option<&'static str> {
    let overage: Overage = Budget::new().max(0).check(f).unwrap_err();
    let [site] = overage.call_sites() else { panic!("{overage}") };
    let report = overage.to_string();
    let line = report.lines().find(|line| line.contains(" B   ×")).unwrap();
    match site.first_use() {
        Some(what) => assert!(line.ends_with(&format!("   first use: {what}")), "{report}"),
        None => assert!(!report.contains("first use"), "{report}"),
    }
    site.first_use()
}

#[test]
fn of_a_lazy_lock() {
    static TABLE: LazyLock<Block> = LazyLock::new(|| block(10));
    assert_eq!(first_use(|| assert_eq!(TABLE.capacity(), 10)), Some("LazyLock"));
    Budget::new().max(0).enforce(|| assert_eq!(TABLE.capacity(), 10));
}

#[test]
fn of_a_once_lock() {
    static CELL: OnceLock<Block> = OnceLock::new();
    assert_eq!(first_use(|| _ = CELL.get_or_init(|| block(10))), Some("OnceLock"));
}

#[test]
fn of_a_once() {
    static ONCE: Once = Once::new();
    assert_eq!(first_use(|| ONCE.call_once(|| work(10))), Some("Once"));
}

#[test]
fn of_a_lazy_cell() {
    let cell = LazyCell::new(|| block(10));
    assert_eq!(first_use(|| assert_eq!(cell.capacity(), 10)), Some("LazyCell"));
}

#[test]
fn of_a_thread_local_but_not_of_what_is_done_with_it() {
    thread_local!(static BLOCK: RefCell<Block> = RefCell::new(block(10)));
    std::thread::spawn(|| {
        assert_eq!(first_use(|| BLOCK.with(|_| ())), Some("thread-local"));
        assert_eq!(first_use(|| BLOCK.with_borrow_mut(|block| block.reserve_exact(100))), None);
    })
    .join()
    .unwrap();
}

/// Further out than the budget, it is none of its business.
#[test]
fn around_a_budget_is_not_told() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| assert_eq!(first_use(|| work(10)), None));
    assert_eq!(first_use(|| work(10)), None);
}
