//! Static assertions: that these compile is most of the test.

use std::cell::{Cell, RefCell};
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::rc::Rc;
use std::sync::mpsc::{self, Receiver};

use alloc_budget::{Budget, WithBudget as _, alloc_budget, measure_future};

use super::*;

fn assert_static<T: 'static>(value: T) -> T {
    value
}

/// Whether a value is of a type that implements some traits.
macro_rules! implements {
    ($value:expr, $($bounds:tt)+) => {{
        struct Probe<T>(std::marker::PhantomData<T>);
        #[allow(dead_code)]
        trait Otherwise {
            fn implements(&self) -> bool {
                false
            }
        }
        impl<T> Otherwise for &Probe<T> {}
        #[allow(dead_code)]
        impl<T: $($bounds)+> Probe<T> {
            fn implements(&self) -> bool {
                true
            }
        }
        fn probe<T>(_: &T) -> Probe<T> {
            Probe(std::marker::PhantomData)
        }
        #[allow(clippy::needless_borrow)]
        (&probe(&$value)).implements()
    }};
}

#[alloc_budget(max = 0)]
async fn takes<T>(value: T) -> T {
    pause().await;
    value
}

/// One that is only there until the first pause.
#[alloc_budget(max = 0)]
async fn drops<T>(value: T) {
    drop(value);
    pause().await;
}

#[test]
fn send_but_not_sync_arguments_leave_it_send() {
    let (_sender, receiver): (_, Receiver<u8>) = mpsc::channel();
    block_on(assert_send(takes(Cell::new(1))));
    block_on(assert_send(takes(RefCell::new(1))));
    block_on(assert_send(takes(receiver)));
    block_on(assert_send(drops(Cell::new(1))));
}

#[test]
fn send_but_not_sync_arguments_that_are_used_by_reference_leave_it_send() {
    #[alloc_budget(max = 0)]
    async fn reads(cell: Cell<u8>, receiver: Receiver<u8>) -> (u8, bool) {
        let before = cell.get();
        cell.set(before + 1);
        pause().await;
        (cell.get(), receiver.try_recv().is_err())
    }
    assert_eq!(block_on(assert_send(reads(Cell::new(1), mpsc::channel().1))), (2, true));
}

#[test]
fn send_but_not_sync_arguments_that_are_not_used_leave_it_send() {
    #[alloc_budget(max = 0)]
    async fn ignores(_: Cell<u8>, _receiver: Receiver<u8>) {
        pause().await;
    }
    block_on(assert_send(ignores(Cell::new(1), mpsc::channel().1)));
}

#[test]
fn sync_arguments_behind_references_leave_it_send() {
    #[alloc_budget(max = 0)]
    async fn reads<'a>(text: &'a str, number: &'a mut u8) -> (&'a str, u8) {
        pause().await;
        *number += 1;
        (text, *number)
    }
    assert_eq!(block_on(assert_send(reads("a", &mut 1))), ("a", 2));
}

#[test]
fn what_is_not_send_is_supported() {
    #[alloc_budget(max = 1)]
    async fn counted(value: Rc<u8>) -> Rc<u8> {
        let other = Rc::new(*value);
        pause().await;
        other
    }
    assert!(!implements!(takes(Rc::new(1)), Send));
    assert!(!implements!(counted(Rc::new(1)), Send));
    assert_eq!(*block_on(counted(Rc::new(1))), 1);
}

#[test]
fn every_auto_trait_is_that_of_the_plain_future() {
    async fn plain<T>(value: T) -> T {
        pause().await;
        value
    }
    macro_rules! same {
        ($value:expr) => {{
            assert_eq!(implements!(takes($value), Send), implements!(plain($value), Send));
            assert_eq!(implements!(takes($value), Sync), implements!(plain($value), Sync));
            assert_eq!(implements!(takes($value), Unpin), implements!(plain($value), Unpin));
            assert_eq!(implements!(takes($value), UnwindSafe), implements!(plain($value), UnwindSafe));
            assert_eq!(implements!(takes($value), RefUnwindSafe), implements!(plain($value), RefUnwindSafe));
        }};
    }
    same!(1);
    same!(Cell::new(1));
    same!(Rc::new(1));
    same!(&Cell::new(1));
    same!(&mut 1);
}

#[test]
fn combinators_keep_the_auto_traits() {
    let budget = Budget::new();
    let ready = || std::future::ready(());
    block_on(assert_static(assert_send(work(50).with_budget(budget))));
    block_on(assert_static(assert_send(budget.instrument(work(50)))));
    assert!(block_on(assert_send(budget.check_future(work(50)))).is_ok());
    assert_work(&block_on(assert_send(measure_future(work(50)))).1, 50);
    assert!(implements!(ready().with_budget(budget), Send + Sync + Unpin));
    assert!(implements!(measure_future(ready()), Send + Sync + Unpin));
    assert!(!implements!(takes(Rc::new(1)).with_budget(budget), Send));
}
