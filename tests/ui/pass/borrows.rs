//! Borrows, moves and temporaries are what they were.
use std::cell::{Ref, RefCell};
use std::collections::HashMap;
use std::sync::Mutex;

use alloc_budget::alloc_budget;

#[alloc_budget(max = rows.len())]
fn grow(rows: &mut Vec<u32>) -> &mut u32 {
    rows.push(1);
    rows.last_mut().unwrap()
}

#[alloc_budget(max = 1 + text.len())]
fn consume(text: String) -> impl FnOnce() -> String {
    move || text
}

#[alloc_budget(max = words.len())]
fn count<'t>(words: &[&'t str], counts: &mut HashMap<&'t str, usize>) {
    for word in words {
        *counts.entry(word).or_default() += 1;
    }
}

#[alloc_budget(max = cell.borrow().len())]
fn exclusive(cell: &RefCell<Vec<u32>>) -> Ref<'_, Vec<u32>> {
    cell.borrow_mut().push(1);
    cell.borrow()
}

#[alloc_budget(max = *mutex.lock().unwrap())]
fn locked(mutex: &Mutex<usize>) -> usize {
    *mutex.lock().unwrap()
}

#[alloc_budget(max = 0)]
fn coerced<'a>(values: &'a [u8; 2], on: bool) -> &'a [u8] {
    if on {
        return values;
    }
    &[]
}

#[alloc_budget(max = 1)]
fn unsized_return(on: bool) -> Box<dyn Fn(u32) -> u32> {
    if on {
        return Box::new(|n| n + 1);
    }
    Box::new(|n| n)
}

#[alloc_budget(max = 0)]
fn temporary_in_tail(cell: &RefCell<Vec<u32>>) -> usize {
    cell.borrow().len()
}

#[alloc_budget(max = 0)]
fn reborrow<'a>(slice: &mut &'a mut [u8]) -> Option<&'a mut u8> {
    let (first, rest) = std::mem::take(slice).split_first_mut()?;
    *slice = rest;
    Some(first)
}

fn main() {
    let mut rows = Vec::with_capacity(4);
    *grow(&mut rows) += 1;
    assert_eq!(rows, [2]);
    assert_eq!(consume("text".into())(), "text");
    let text = String::from("a b a");
    let mut counts = HashMap::new();
    count(&text.split(' ').collect::<Vec<_>>(), &mut counts);
    assert_eq!(counts["a"], 2);
    let cell = RefCell::new(Vec::with_capacity(1));
    assert_eq!(*exclusive(&cell), [1]);
    assert_eq!(temporary_in_tail(&cell), 1);
    assert_eq!(locked(&Mutex::new(3)), 3);
    assert_eq!(coerced(&[1, 2], true), [1, 2]);
    assert_eq!((unsized_return(true)(1), unsized_return(false)(1)), (2, 1));
    let mut bytes = [1, 2];
    assert_eq!(reborrow(&mut bytes.as_mut_slice()), Some(&mut 1));
}
