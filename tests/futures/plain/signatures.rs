//! Arguments and results of every form, and bodies that need their types.

use std::cell::Cell;
use std::collections::VecDeque;
use std::error::Error;
use std::fmt::Display;
use std::future::ready;
use std::num::ParseIntError;

use alloc_budget::alloc_budget;

use super::*;

#[alloc_budget(max = text.len())]
async fn borrowed(text: &str) -> &str {
    pause().await;
    text.trim()
}

#[alloc_budget(max = 0)]
async fn first<'a, 'b: 'a>(a: &'a [String], b: &'b str) -> &'a str {
    pause().await;
    a.first().map_or(b, String::as_str)
}

#[alloc_budget(max = 0)]
async fn mutable(bytes: &mut [u8]) -> Option<&mut u8> {
    pause().await;
    bytes.first_mut()
}

#[test]
fn may_return_what_they_borrowed() {
    let mut bytes = [1];
    *block_on(mutable(&mut bytes)).unwrap() += 1;
    assert_eq!(bytes, [2]);
    assert_eq!(block_on(borrowed(" a ")), "a");
    assert_eq!(block_on(first(&[], "b")), "b");
}

#[test]
fn may_return_early_what_is_still_to_be_unsized() {
    #[alloc_budget(max = 1)]
    async fn boxed(n: u8) -> Box<dyn Display + Send> {
        if n == 0 {
            return Box::new("none");
        }
        pause().await;
        Box::new(n)
    }
    #[alloc_budget(max = 1)]
    async fn slice(n: u8) -> Box<[u8]> {
        if n == 0 {
            return Box::new([]);
        }
        pause().await;
        Box::new([n; 3])
    }
    assert_eq!([block_on(boxed(0)).to_string(), block_on(boxed(2)).to_string()], ["none", "2"]);
    assert_eq!((block_on(slice(0)).len(), block_on(slice(1)).len()), (0, 3));
}

#[test]
fn may_return_early_by_question_marks() {
    #[alloc_budget(max = 2)]
    async fn sum(a: &str, b: &str) -> Result<u8, Box<dyn Error + Send + Sync>> {
        let a: u8 = a.parse()?;
        pause().await;
        let b: u8 = b.parse()?;
        pause().await;
        a.checked_add(b).ok_or_else(|| "too much".into())
    }
    #[alloc_budget(max = 0)]
    async fn maybe(n: Option<u8>) -> Option<u8> {
        pause().await;
        Some(n? + 1)
    }
    assert_eq!(block_on(sum("1", "2")).unwrap(), 3);
    assert!(block_on(sum("x", "2")).unwrap_err().is::<ParseIntError>());
    assert!(block_on(sum("1", "x")).unwrap_err().is::<ParseIntError>());
    assert_eq!(block_on(sum("1", "255")).unwrap_err().to_string(), "too much");
    assert_eq!((block_on(maybe(Some(1))), block_on(maybe(None))), (Some(2), None));
}

#[test]
fn may_have_impl_traits_anywhere() {
    #[alloc_budget(max = 0)]
    async fn doubled(numbers: impl IntoIterator<Item = u8>) -> impl Iterator<Item = u8> {
        pause().await;
        numbers.into_iter().map(|n| n * 2)
    }
    #[alloc_budget(max = 0)]
    async fn both() -> Result<(impl Display, impl Fn(u8) -> u8), impl Error> {
        pause().await;
        "1".parse::<u8>().map(|parsed| ("a", move |n| n + parsed))
    }
    #[alloc_budget(max = 0)]
    async fn borrowing(text: &str) -> impl Iterator<Item = char> + use<'_> {
        pause().await;
        text.chars()
    }
    assert!(block_on(doubled([1, 2])).eq([2, 4]));
    assert!(block_on(both()).is_ok_and(|(a, add)| (a.to_string(), add(1)) == ("a".to_owned(), 2)));
    assert_eq!(block_on(borrowing("ab")).count(), 2);
}

#[test]
fn may_never_return() {
    #[alloc_budget(max = 0)]
    async fn never() -> ! {
        loop {
            pause().await;
        }
    }
    #[alloc_budget(max = 0)]
    async fn fails(n: u8) -> ! {
        pause().await;
        std::panic::resume_unwind(Box::new(n))
    }
    let mut never = pin!(never());
    assert!((0..10).all(|_| poll(never.as_mut()).is_pending()));
    let payload = std::panic::catch_unwind(|| -> () { block_on(fails(3)) }).unwrap_err();
    assert_eq!(payload.downcast_ref(), Some(&3_u8));
}

#[test]
fn may_be_generic() {
    #[alloc_budget(max = N)]
    async fn repeat<T: Clone + Default, const N: usize>(value: &T) -> [T; N]
    where
        [T; N]: Default,
    {
        let mut all = <[T; N]>::default();
        for slot in &mut all {
            pause().await;
            *slot = value.clone();
        }
        all
    }
    assert_eq!(block_on(repeat::<_, 3>(&1)), [1; 3]);
    assert_eq!(block_on(repeat::<_, 2>(&String::from("a"))), ["a", "a"]);
}

#[test]
fn may_be_unsafe() {
    /// # Safety
    /// `byte` is valid.
    #[alloc_budget(max = 0)]
    async unsafe fn read(byte: *const u8) -> u8 {
        pause().await;
        // SAFETY: the caller's promise.
        unsafe { *byte }
    }
    let byte = 7;
    // SAFETY: it outlives the call.
    assert_eq!(block_on(unsafe { read(&raw const byte) }), 7);
}

#[test]
fn may_have_patterns_as_arguments() {
    struct Point {
        x: u8,
        y: u8,
    }
    #[alloc_budget(max = 0)]
    async fn sum(
        (a, mut b): (u8, u8),
        Point { x, y: ref_y }: Point,
        [first, .., last]: [u8; 3],
        &c: &u8,
        mut d: u8,
        _: u8,
        whole @ (e, _): (u8, u8),
    ) -> u8 {
        pause().await;
        b += 1;
        d += 1;
        a + b + x + ref_y + first + last + c + d + e + whole.1
    }
    let future = sum((1, 2), Point { x: 3, y: 4 }, [5, 0, 6], &7, 8, 0, (9, 10));
    assert_eq!(block_on(future), 1 + 3 + 3 + 4 + 5 + 6 + 7 + 9 + 9 + 10);
}

#[test]
fn may_await_what_has_its_type_from_further_down() {
    #[alloc_budget(max = 6)]
    async fn in_turns(count: u8) -> u8 {
        let mut waiting = VecDeque::with_capacity(2);
        let mut slot = None;
        let mut all = Vec::with_capacity(1);
        let mut sum = 0;
        for n in 0..count {
            if waiting.len() == 2 {
                sum += waiting.pop_front().unwrap().await;
                sum += slot.take().expect("it is there").await;
                sum += all.remove(0).await;
            }
            waiting.push_back(ready(n));
            slot = Some(ready(n));
            all = vec![ready(n)];
        }
        sum
    }
    assert_eq!(block_on(in_turns(4)), 2 + 5);
}

#[test]
fn may_await_variables_and_fields_anywhere() {
    mod inside {
        pub(super) struct One;
        impl super::Future for One {
            type Output = u8;
            fn poll(self: super::Pin<&mut Self>, _: &mut std::task::Context<'_>) -> super::Poll<u8> {
                super::Poll::Ready(1)
            }
        }
    }
    #[alloc_budget(max = 0)]
    async fn what_only_looks_so(two: impl Future<Output = std::future::Ready<u8>>) -> u8 {
        two.await.await + inside::One.await
    }
    struct Pair<T>(T, (u8, T));
    #[alloc_budget(max = 0)]
    async fn statements(a: impl Future<Output = u8>, mut b: Pair<impl Future<Output = u8> + Unpin>) -> u8 {
        a.await;
        let reference = &mut b.0;
        reference.await;
        {
            black_box(());
        }
        b.1.1.await
    }
    #[alloc_budget(max = 0)]
    async fn conditions(a: impl Future<Output = bool>, b: impl Future<Output = u8>) -> Option<u8> {
        if a.await {
            return Some(!b.await);
        }
        None
    }
    #[alloc_budget(max = 0)]
    async fn expressions<T: Future<Output = u8>>(a: T, b: T, c: T, task: Pair<T>) -> (u8, bool) {
        let Pair(d, pair) = Pair(a.await, (1, b.await));
        let mut sum = d + pair.1 * c.await;
        sum += task.0.await;
        for _ in 1..=task.1.1.await {
            sum += 1;
        }
        (sum, !matches!(ready(1).await, 2))
    }
    assert_eq!(block_on(what_only_looks_so(ready(ready(2)))), 3);
    assert_eq!(block_on(statements(ready(1), Pair(ready(2), (0, ready(3))))), 3);
    assert_eq!(block_on(conditions(ready(true), ready(1))), Some(254));
    let task = Pair(ready(4), (0, ready(5)));
    assert_eq!(block_on(expressions(ready(1), ready(2), ready(3), task)), (16, true));
}

#[test]
fn may_be_recursive_in_boxes() {
    #[alloc_budget(max = n)]
    async fn factorial(n: u64) -> u64 {
        if n == 0 {
            return 1;
        }
        pause().await;
        n * Box::pin(factorial(n - 1)).await
    }
    assert_eq!(block_on(factorial(10)), 3_628_800);
}

#[test]
fn may_use_macros_items_and_closures() {
    macro_rules! waits {
        ($value:expr) => {{
            pause().await;
            $value
        }};
    }
    #[alloc_budget(max = 0)]
    async fn sum(n: u8) -> u8 {
        const ONE: u8 = 1;
        fn two() -> u8 {
            2
        }
        let three = || n + two();
        let later = async || waits!(three());
        waits!(ONE) + later().await
    }
    assert_eq!(block_on(sum(1)), 4);
}

#[test]
fn limits_are_evaluated_once_at_the_first_poll() {
    thread_local!(static EVALUATED: Cell<u64> = const { Cell::new(0) });
    fn limit() -> u64 {
        drop(block(100));
        EVALUATED.set(EVALUATED.get() + 1);
        1
    }
    #[alloc_budget(max = limit())]
    async fn one() {
        pause().await;
        drop(block(1));
        pause().await;
    }
    let future = one();
    assert_eq!(EVALUATED.get(), 0);
    block_on(future);
    assert_eq!(EVALUATED.get(), 1);
}
