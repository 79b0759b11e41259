//! Limits that are expressions: when they are evaluated, and where what they allocate counts.

use std::cell::{Cell, RefCell};
use std::hint::black_box;

use alloc_budget::alloc_budget;
use support::catch;

use super::{allocate, is_exceeded};

#[test]
fn are_evaluated_once_and_before_the_body() {
    #[alloc_budget(max = note(log, "max"), warmup = note(log, "warmup"), max_bytes = note(log, "max_bytes"))]
    fn limited(log: &RefCell<Vec<&'static str>>) {
        log.borrow_mut().push("body");
    }
    fn note(log: &RefCell<Vec<&'static str>>, name: &'static str) -> u64 {
        log.borrow_mut().push(name);
        0
    }

    let log = RefCell::new(Vec::with_capacity(4));
    limited(&log);
    let mut log = log.into_inner();
    assert_eq!(log.pop(), Some("body"));
    log.sort_unstable();
    assert_eq!(log, ["max", "max_bytes", "warmup"]);
}

#[test]
fn see_the_arguments_as_they_were() {
    #[alloc_budget(max = n)]
    fn limited(mut n: u32) {
        n += 1;
        for _ in 0..n {
            allocate();
        }
    }
    assert!(is_exceeded(|| limited(1)));
}

#[test]
fn count_for_no_limit() {
    #[alloc_budget(
        max = { drop(vec![1_u8; n]); 0_u32 },
        max_bytes = { drop(vec![1_u8; n]); 0_u32 },
        max_deallocs = { drop(vec![1_u8; n]); 0_u32 },
        warmup = { drop(vec![1_u8; n]); 0_u32 },
    )]
    fn limited(n: usize) -> usize {
        n
    }
    assert_eq!(catch(|| limited(100)).unwrap(), 100);
}

#[test]
fn drop_their_temporaries_before_the_body() {
    #[alloc_budget(max_deallocs = vec![1_u8; n].len() - n, max_retained_bytes = vec![1_u8; n].len() - n)]
    fn deallocations(n: usize) -> usize {
        n
    }

    #[alloc_budget(max_retained_bytes = vec![1_u8; n].len() - n)]
    fn retained(n: usize) -> Vec<u8> {
        black_box(vec![1; n])
    }

    #[alloc_budget(max_deallocs = match vec![1_u8; n].len() { 0 => 1, _ => 0 })]
    fn of_literals(n: usize) -> usize {
        n
    }

    #[alloc_budget(max = limit.borrow().saturating_sub(1))]
    fn borrowing(limit: &RefCell<u64>) -> u64 {
        *limit.borrow_mut() += 1;
        *limit.borrow()
    }
    assert_eq!(catch(|| deallocations(100)).unwrap(), 100);
    assert!(is_exceeded(|| retained(100)));
    assert_eq!(catch(|| of_literals(100)).unwrap(), 100);
    assert_eq!(catch(|| borrowing(&RefCell::new(1))).unwrap(), 2);
}

#[test]
fn may_return_early() {
    #[alloc_budget(max = text.parse::<u64>()?)]
    fn limited(text: &str, reached: &Cell<bool>) -> Result<Vec<u8>, std::num::ParseIntError> {
        reached.set(true);
        Ok(allocate())
    }

    let reached = Cell::new(false);
    assert!(catch(|| limited("one", &reached)).unwrap().is_err());
    assert!(!reached.get());
    assert!(is_exceeded(|| limited("0", &reached)));
    assert!(catch(|| limited("1", &reached)).unwrap().is_ok());
}
