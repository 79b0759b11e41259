//! Bodies that call macros, which may await what the attribute can't see: their futures are
//! measured from outside.

use std::cell::{Cell, RefCell};
use std::error::Error;
use std::fmt::Display;
use std::panic;
use std::rc::Rc;

use alloc_budget::{alloc_budget, measure, measure_future};
use support::{awaits, panic_of};

use super::executors::Executor;
use super::*;

#[alloc_budget(max = 3, max_bytes = size + 40, max_peak_bytes = size + 10, max_retained_bytes = 0, max_reallocs = 1, max_deallocs = 3)]
async fn exact_work(size: usize) {
    awaits!(work(size));
}

#[alloc_budget(max = 2)]
async fn too_much_work(size: usize) {
    pause().await;
    awaits!(work(size));
}

#[test]
fn are_exact_on_every_executor() {
    for executor in Executor::ALL {
        let task =
            |size| -> Boxed<_> { Box::pin(async move { (size, measure_future(exact_work(size)).await.1) }) };
        for (size, m) in executor.run((30..130).map(task).collect()) {
            assert_work(&m, size as u64);
        }
    }
}

#[test]
fn are_exact_side_by_side() {
    block_on(async {
        let (a, b) = futures::join!(measure_future(exact_work(50)), measure_future(exact_work(60)));
        assert_work(&a.1, 50);
        assert_work(&b.1, 60);
    });
}

#[test]
fn are_judged_when_they_are_ready_and_not_when_they_are_dropped() {
    for polls in 0..5 {
        let mut future = pin!(too_much_work(50));
        assert!((0..polls).all(|_| poll(future.as_mut()).is_pending()));
    }
    let (_, message) = panic_of(|| block_on(too_much_work(50)));
    assert!(
        message.contains("`hidden::too_much_work`") && message.contains("allocations   3 of 2"),
        "{message}"
    );
    assert_work(&measure(|| block_on(exact_work(50))).1, 50);
}

#[test]
fn are_judged_after_the_warmup() {
    #[alloc_budget(max = 0, warmup = 1)]
    async fn warm() {
        awaits!(work(50));
    }
    // Warm-up is by thread.
    std::thread::spawn(|| {
        block_on(warm());
        let (_, message) = panic_of(|| block_on(warm()));
        assert!(message.contains("allocations   3 of 0"), "{message}");
    })
    .join()
    .unwrap();
}

#[test]
fn may_panic_at_any_await() {
    #[alloc_budget(max = 0)]
    async fn panics(after: usize) {
        for _ in 0..after {
            awaits!(pause());
        }
        drop(block(10));
        panic::resume_unwind(Box::new(after));
    }
    for after in 0..3 {
        let payload = panic::catch_unwind(|| block_on(panics(after))).unwrap_err();
        assert_eq!(payload.downcast_ref(), Some(&after));
        assert_work(&measure(|| block_on(exact_work(50))).1, 50);
    }
}

#[test]
fn keep_their_values_and_early_returns() {
    #[alloc_budget(max = 1)]
    async fn boxed(n: u8) -> Box<dyn Display + Send> {
        if n == 0 {
            return Box::new("none");
        }
        awaits!(pause());
        Box::new(n)
    }
    #[alloc_budget(max = 2)]
    async fn sum(a: &str, b: &str) -> Result<u8, Box<dyn Error + Send + Sync>> {
        let a: u8 = a.parse()?;
        awaits!(pause());
        let b: u8 = b.parse()?;
        a.checked_add(b).ok_or_else(|| "too much".into())
    }
    #[alloc_budget(max = 0)]
    async fn both() -> Result<(impl Display, impl Fn(u8) -> u8), impl Error> {
        awaits!(pause());
        "1".parse::<u8>().map(|parsed| ("a", move |n| n + parsed))
    }
    struct Power<const N: i8>;
    #[alloc_budget(max = 0)]
    async fn negative() -> Result<impl Iterator<Item = Power<-1>>, u8> {
        awaits!(pause());
        Ok([Power, Power].into_iter())
    }
    #[alloc_budget(max = 0)]
    async fn never() -> ! {
        loop {
            awaits!(pause());
        }
    }
    assert_eq!([block_on(boxed(0)).to_string(), block_on(boxed(2)).to_string()], ["none", "2"]);
    assert_eq!(block_on(sum("1", "2")).unwrap(), 3);
    assert!(block_on(sum("1", "x")).is_err());
    assert!(block_on(both()).is_ok_and(|(a, add)| (a.to_string(), add(1)) == ("a".to_owned(), 2)));
    assert!(block_on(negative()).is_ok_and(|powers| powers.count() == 2));
    let mut never = pin!(never());
    assert!((0..10).all(|_| poll(never.as_mut()).is_pending()));
}

#[test]
fn own_their_arguments() {
    struct Point {
        x: u8,
        y: u8,
    }
    impl Point {
        #[alloc_budget(max = self.x)]
        async fn mutable(&mut self, by: u8) -> &mut u8 {
            awaits!(pause());
            self.x += by;
            &mut self.x
        }
        #[alloc_budget(max = 0)]
        async fn owned(self) -> u8 {
            awaits!(pause());
            self.x + self.y
        }
    }
    #[alloc_budget(max = a)]
    async fn sum((a, mut b): (u8, u8), Point { x, y: renamed }: Point, &c: &u8, _: u8, mut d: u8) -> u8 {
        awaits!(pause());
        (b, d) = (b + 1, d + 1);
        a + b + x + renamed + c + d
    }
    #[allow(non_camel_case_types)]
    struct pair {
        left: u8,
        right: u8,
    }
    #[alloc_budget(max = 0)]
    async fn named_like_fields(pair { left: a, right: mut b }: pair) -> pair {
        awaits!(pause());
        let mut left = a;
        (left, b) = (left + 1, b + 1);
        pair { left, right: b }
    }
    let pair { left, right } = block_on(named_like_fields(pair { left: 1, right: 2 }));
    assert_eq!((left, right), (2, 3));
    assert_eq!(block_on(sum((1, 2), Point { x: 3, y: 4 }, &5, 0, 6)), 1 + 3 + 3 + 4 + 5 + 7);
    let mut point = Point { x: 1, y: 2 };
    *block_on(point.mutable(4)) += 1;
    assert_eq!(block_on(point.owned()), 8);
}

#[test]
fn are_send_where_the_plain_future_is() {
    #[alloc_budget(max = 0)]
    async fn reads(cell: Cell<u8>, _unused: Cell<u8>) -> u8 {
        cell.set(cell.get() + 1);
        awaits!(pause());
        cell.get()
    }
    #[alloc_budget(max = 0)]
    async fn local(value: Rc<u8>) -> u8 {
        awaits!(pause());
        *value
    }
    assert_eq!(block_on(assert_send(reads(Cell::new(1), Cell::new(1)))), 2);
    assert_eq!(block_on(local(Rc::new(1))), 1);
}

/// A macro that prints what it is given would print what stands in front of an `.await`.
#[test]
fn are_those_that_print_an_await() {
    #[alloc_budget(max = 1_000)]
    async fn asserts(is_right: bool) {
        assert!(std::future::ready(is_right).await);
    }
    block_on(asserts(true));
    let (_, message) = panic_of(|| block_on(asserts(false)));
    assert_eq!(message, "assertion failed: std::future::ready(is_right).await");
}

mod own {
    macro_rules! info {
        ($future:expr) => {
            $future.await
        };
    }
    pub(super) use info;
}

/// What else is allocated while they wait is not theirs.
#[test]
fn may_call_a_macro_with_the_name_of_a_known_one() {
    #[alloc_budget(max = 0)]
    async fn logs() {
        self::own::info!(pause());
    }
    let mut future = pin!(logs());
    assert!(poll(future.as_mut()).is_pending());
    drop(block(10));
    while poll(future.as_mut()).is_pending() {}
}

thread_local!(static DROPPED: RefCell<Vec<&'static str>> = const { RefCell::new(Vec::new()) });

#[derive(Debug)]
struct Noisy(&'static str);

impl Drop for Noisy {
    fn drop(&mut self) {
        alloc_budget::exempt(|| DROPPED.with_borrow_mut(|names| names.push(self.0)));
    }
}

/// Two differences, which the documentation names: what is not used is dropped later, and what is
/// used, inside.
#[test]
fn drop_their_arguments_inside() {
    #[alloc_budget(max = 0)]
    async fn drops(a: Noisy, _b: Noisy, c: Noisy) {
        awaits!(pause());
        let _ = (&a, &c);
    }
    #[alloc_budget(max = 0, max_retained_bytes = 0, max_deallocs = 1)]
    async fn frees(block: Block) -> usize {
        awaits!(pause());
        block.capacity()
    }
    #[alloc_budget(max = 0)]
    async fn drops_parts((a, b): (Noisy, Noisy), #[cfg(test)] c: Noisy) {
        awaits!(pause());
        let _ = (&a, &b, ..&c);
    }
    // Of the standard library's macros it is known that they await nothing.
    #[alloc_budget(max = 0)]
    async fn drops_as_plain(a: Noisy, _b: Noisy, c: Noisy) {
        pause().await;
        std::assert!(a.0 < c.0);
    }
    #[alloc_budget(max = 0)]
    async fn drops_fields(a: Noisy, b: Noisy) {
        awaits!(pause());
        let _ = std::ops::Range { start: &a, end: &b };
    }
    #[alloc_budget(max = 0)]
    async fn prints(a: Noisy, b: Noisy, c: Noisy) {
        awaits!(pause());
        assert!(format_args!("{a:?} {{b}}", a = ("{b}", &c)).as_str().is_none());
        assert!(format_args!("{a:?} {b:?}").as_str().is_none());
    }
    block_on(prints(Noisy("a"), Noisy("b"), Noisy("c")));
    assert_eq!(DROPPED.take(), ["c", "b", "a"]);
    block_on(drops(Noisy("a"), Noisy("b"), Noisy("c")));
    assert_eq!(DROPPED.take(), ["c", "a", "b"]);
    block_on(drops_parts((Noisy("a"), Noisy("b")), Noisy("c")));
    assert_eq!(DROPPED.take(), ["c", "b", "a"]);
    block_on(drops_as_plain(Noisy("a"), Noisy("b"), Noisy("c")));
    assert_eq!(DROPPED.take(), ["c", "b", "a"]);
    block_on(drops_fields(Noisy("a"), Noisy("b")));
    assert_eq!(DROPPED.take(), ["b", "a"]);
    assert_eq!(block_on(frees(block(10))), 10);
}
