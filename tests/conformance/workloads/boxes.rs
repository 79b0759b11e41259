//! Owned pointers: `Box`, `Rc`, `Arc` and what they point to.

use std::borrow::Cow;
use std::cell::RefCell;
use std::error::Error;
use std::fmt::Display;
use std::hint::black_box;
use std::rc::Rc;
use std::sync::Arc;

use super::{Workload, consume, leak, workload};

#[repr(align(4096))]
struct Page;

/// Bytes: 16.
struct Link {
    number: u64,
    next: Option<Box<Link>>,
}

fn chain(length: u64) -> Option<Box<Link>> {
    (0..length).fold(None, |next, number| Some(Box::new(Link { number, next })))
}

/// Bytes: 16, and the two counters of an `Rc`.
struct Ring(RefCell<Option<Rc<Ring>>>);

pub(super) const TABLE: &[Workload] = &[
    workload("nothing", [0, 0, 0, 0], |_| ()),
    workload("box", [1, 8, 0, 0], |_| consume(Box::new(7_u64))),
    workload("box, leaked", [1, 8, 1, 8], |_| leak(Box::new(7_u64))),
    workload("box of an array", [1, 4096, 0, 0], |_| consume(Box::new([7_u8; 4096]))),
    workload("box of an aligned type", [1, 4096, 0, 0], |_| consume(Box::new((Page, 7_u8)))),
    workload("box of a zero-sized type", [0, 0, 0, 0], |_| consume(Box::new(()))),
    workload("box, written through", [1, 8, 0, 0], |_| {
        let mut number = black_box(Box::new(7_u64));
        *number = 8;
        consume(number);
    }),
    workload("box, replaced", [2, 16, 0, 0], |_| {
        let mut number = black_box(Box::new(7_u64));
        number = black_box(Box::new(*number + 1));
        consume(number);
    }),
    workload("chain of boxes", [10, 160, 0, 0], |_| consume(chain(10))),
    workload("chain of boxes, its tail dropped", [10, 160, 1, 16], |_| {
        let mut head = black_box(chain(10)).unwrap();
        head.next = None;
        head.number += 1;
        leak(head);
    }),
    workload("box of a trait object", [1, 8, 0, 0], |_| consume::<Box<dyn Display>>(Box::new(7_u64))),
    workload("box of a zero-sized trait object", [0, 0, 0, 0], |_| {
        consume::<Box<dyn Iterator<Item = u8>>>(Box::new(std::iter::empty()));
    }),
    workload("boxed iterator", [1, 8, 0, 0], |_| {
        let numbers: Box<dyn Iterator<Item = u32>> = black_box(Box::new(0..10_u32));
        consume(numbers.sum::<u32>());
    }),
    workload("boxed closure", [1, 16, 0, 0], |_| {
        let captured = black_box([7_u64; 2]);
        let sum: Box<dyn Fn() -> u64> = Box::new(move || captured.iter().sum());
        consume(black_box(sum)());
    }),
    workload("boxed closure without captures", [0, 0, 0, 0], |_| {
        let seven: Box<dyn Fn() -> u64> = Box::new(|| 7);
        consume(black_box(seven)());
    }),
    workload("boxed closure, called once", [2, 29, 1, 5], |_| {
        let word = String::from("alpha");
        let give: Box<dyn FnOnce() -> String> = Box::new(move || word);
        leak(black_box(give)());
    }),
    workload("boxed closures in a vector", [3, 64, 0, 0], |_| {
        let add = |n: u64| -> Box<dyn Fn(u64) -> u64> { Box::new(move |m| n + m) };
        let adders = vec![add(black_box(1)), add(black_box(2)), Box::new(|m| m)];
        consume(black_box(adders).iter().fold(0, |sum, add| add(sum)));
    }),
    workload("boxed error", [2, 29, 0, 0], |_| consume(Box::<dyn Error>::from("alpha"))),
    workload("rc", [1, 24, 0, 0], |_| consume(Rc::new(7_u64))),
    workload("rc, cloned", [1, 24, 0, 0], |_| {
        let number = Rc::new(7_u64);
        consume([number.clone(), number.clone(), number]);
    }),
    workload("rc, held by a weak one", [1, 24, 1, 24], |_| leak(Rc::downgrade(&Rc::new(7_u64)))),
    workload("rc, in a cycle", [1, 32, 1, 32], |_| {
        let ring = Rc::new(Ring(RefCell::new(None)));
        *ring.0.borrow_mut() = Some(ring.clone());
        consume(ring);
    }),
    workload("rc, cloned on write", [2, 48, 0, 0], |_| {
        let number = black_box(Rc::new(7_u64));
        let mut other = number.clone();
        *Rc::make_mut(&mut other) += 1;
        consume([number, other]);
    }),
    workload("rc, unwrapped", [2, 45, 1, 5], |_| {
        let word = black_box(Rc::new(String::from("alpha")));
        leak(Rc::unwrap_or_clone(word));
    }),
    workload("rc of a str", [1, 24, 0, 0], |_| consume(Rc::<str>::from("alpha"))),
    workload("arc", [1, 24, 0, 0], |_| consume(Arc::new(7_u64))),
    workload("arc, cloned on write", [2, 48, 0, 0], |_| {
        let number = black_box(Arc::new(7_u64));
        let mut other = number.clone();
        *Arc::make_mut(&mut other) += 1;
        consume([number, other]);
    }),
    workload("arc of a slice, from a vector", [2, 220, 0, 0], |_| {
        consume(Arc::<[u8]>::from(black_box(vec![7_u8; 100])));
    }),
    workload("cow, borrowed", [0, 0, 0, 0], |words| consume(Cow::from(&words[0]))),
    workload("cow, owned on write", [2, 15, 0, 0], |words| {
        let mut word = black_box(Cow::from(&words[0]));
        word.to_mut().push('!');
        consume(word);
    }),
    workload("cow, taken over", [0, 0, 0, 0], |words| {
        words[0] = black_box(Cow::from(std::mem::take(&mut words[0]))).into_owned();
    }),
];
