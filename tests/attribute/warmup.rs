//! `warmup`: whose calls are not judged, and how they are counted.

use std::hint::black_box;
use std::thread;

use alloc_budget::alloc_budget;

use super::{allocate, is_exceeded};

#[alloc_budget(max = 0, warmup = 2)]
fn warm() {
    allocate();
}

#[test]
fn is_counted_on_each_thread() {
    let calls = || [(); 4].map(|()| is_exceeded(warm));
    assert_eq!(calls(), [false, false, true, true]);
    assert_eq!(thread::spawn(calls).join().unwrap(), [false, false, true, true]);
    assert_eq!(calls(), [true; 4]);
}

#[test]
fn of_nothing_judges_the_first_call() {
    #[alloc_budget(max = 0, warmup = 0)]
    fn cold() {
        allocate();
    }
    assert!(is_exceeded(cold));
}

#[test]
fn counts_for_each_function() {
    #[alloc_budget(max = 0, warmup = n)]
    fn one(n: u32) {
        allocate();
    }
    #[alloc_budget(max = 0, warmup = n)]
    fn another(n: u32) {
        allocate();
    }
    assert_eq!([one, another, one, another].map(|f| is_exceeded(|| f(1))), [false, false, true, true]);
}

#[test]
fn counts_recursive_calls() {
    #[alloc_budget(max = 0, warmup = 3)]
    fn recursive(depth: u32) {
        if depth > 0 {
            recursive(depth - 1);
        }
        allocate();
    }
    assert!(!is_exceeded(|| recursive(2)), "three calls");
    assert!(is_exceeded(|| recursive(0)), "the fourth");

    let deep = thread::spawn(|| is_exceeded(|| recursive(3)));
    assert!(deep.join().unwrap(), "the innermost is the fourth");
}

#[test]
fn counts_calls_that_stay_within_the_budget() {
    #[alloc_budget(max = 0, warmup = 1)]
    fn sometimes(n: usize) -> Vec<u8> {
        black_box(Vec::with_capacity(n))
    }
    assert!(!is_exceeded(|| sometimes(0)));
    assert!(is_exceeded(|| sometimes(1)));
}

struct Reader {
    buffer: Vec<u8>,
    is_warm: bool,
}

impl Reader {
    const NEW: Self = Self { buffer: Vec::new(), is_warm: false };

    #[alloc_budget(max = 0, warmup = !self.is_warm)]
    fn read(&mut self, bytes: &[u8]) {
        self.buffer.clear();
        self.buffer.extend_from_slice(bytes);
        self.is_warm = true;
    }
}

#[test]
fn may_be_a_condition_such_as_an_objects_own() {
    let mut reader = Reader::NEW;
    let lengths = [10, 5, 100];
    assert_eq!(lengths.map(|n| is_exceeded(|| reader.read(&vec![0; n]))), [false, false, true]);
    let mut second = Reader::NEW;
    assert!(!is_exceeded(|| second.read(&[1])), "each has its own first call");
    assert!(is_exceeded(|| second.read(&[1; 100])));
}

#[test]
fn of_amortised_growth_is_a_limit_instead() {
    #[alloc_budget(max = usize::from(list.len() == list.capacity()))]
    fn push(list: &mut Vec<u32>, number: u32, allocates: bool) {
        if allocates {
            allocate();
        }
        list.push(number);
    }
    let mut list = Vec::new();
    (0..1_000).for_each(|n| push(&mut list, n, false));
    list.shrink_to_fit();
    assert!(!is_exceeded(|| push(&mut list, 0, false)), "it grows");
    assert!(is_exceeded(|| push(&mut list, 0, true)), "it has room");
}
