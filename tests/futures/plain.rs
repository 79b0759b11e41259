//! The future is that of the plain function: `Send`, lifetimes, inference, what is dropped when.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::error::Error;
use std::fmt::Display;
use std::future::ready;
use std::num::ParseIntError;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::rc::Rc;
use std::sync::mpsc::{self, Receiver};

use alloc_budget::{Budget, WithBudget as _, alloc_budget, measure_future};

use super::*;

fn assert_send<T: Send>(value: T) -> T {
    value
}

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

/// Static assertions: that these compile is most of the test.
mod auto_traits {
    use super::*;

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
                assert_eq!(
                    implements!(takes($value), RefUnwindSafe),
                    implements!(plain($value), RefUnwindSafe)
                );
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
}

mod signatures {
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
                fn poll(self: super::Pin<&mut Self>, _: &mut super::Context<'_>) -> super::Poll<u8> {
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
        async fn statements(
            a: impl Future<Output = u8>,
            mut b: Pair<impl Future<Output = u8> + Unpin>,
        ) -> u8 {
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
}

/// Plain functions that return a future with a budget.
mod combinators {
    use futures::StreamExt as _;
    use futures::stream;

    use super::*;

    fn read(text: &str) -> impl Future<Output = &str> + Send {
        async {
            pause().await;
            text.trim()
        }
        .with_budget(Budget::new().max(0))
    }

    fn local<T: Clone>(value: &Rc<T>, max: u64) -> impl Future<Output = Box<T>> {
        let budget = Budget::new().max(max);
        budget.instrument(async move {
            pause().await;
            Box::new(T::clone(value))
        })
    }

    trait Reader {
        fn read(&mut self) -> impl Future<Output = Option<u8>> + Send;
    }

    impl Reader for std::vec::IntoIter<u8> {
        fn read(&mut self) -> impl Future<Output = Option<u8>> + Send {
            async {
                pause().await;
                self.next()
            }
            .with_budget(Budget::new().max(0).max_deallocs(0))
        }
    }

    #[test]
    fn may_be_returned() {
        assert_eq!(block_on(assert_send(read(" a "))), "a");
        assert_eq!(block_on(local(&Rc::new(1), 1)), Box::new(1));
        assert_eq!(block_on(vec![7].into_iter().read()), Some(7));
    }

    #[test]
    #[should_panic(expected = "allocations   1 of 0")]
    fn may_be_over_their_budget() {
        block_on(local(&Rc::new(1), 0));
    }

    /// A method that awaits the next item of a stream.
    #[test]
    fn may_await_streams() {
        struct Lines<S>(S);
        impl<S: stream::Stream<Item = usize> + Unpin> Lines<S> {
            #[alloc_budget(max = 1, max_bytes = limit)]
            async fn next(&mut self, limit: usize) -> Option<Block> {
                Some(block(self.0.next().await?))
            }
        }
        let items = stream::unfold(10, |size| async move {
            pause().await;
            (size < 13).then_some((size, size + 1))
        });
        let mut lines = Lines(pin!(items));
        for size in 10..13 {
            assert_eq!(block_on(lines.next(size)).unwrap().capacity(), size);
        }
        assert!(block_on(lines.next(0)).is_none());
    }
}

mod receivers {
    use std::sync::Arc;

    use super::*;

    #[derive(Debug, PartialEq)]
    struct Counter(u8);

    impl Counter {
        #[alloc_budget(max = self.0)]
        async fn shared(&self) -> &u8 {
            pause().await;
            &self.0
        }

        #[alloc_budget(max = 0)]
        async fn exclusive(&mut self, by: u8) -> &mut Self {
            pause().await;
            self.0 += by;
            self
        }

        #[alloc_budget(max = 0)]
        async fn owned(self) -> u8 {
            pause().await;
            self.0
        }

        #[alloc_budget(max = 0)]
        async fn mutable(mut self) -> Self {
            pause().await;
            self.0 += 1;
            self
        }

        #[alloc_budget(max = 0, max_deallocs = 1)]
        async fn boxed(self: Box<Self>) -> u8 {
            pause().await;
            self.0
        }

        #[alloc_budget(max = 0)]
        async fn counted(self: Arc<Self>) -> Arc<Self> {
            pause().await;
            self
        }

        #[alloc_budget(max = 0)]
        async fn pinned<'a>(self: Pin<&'a mut Self>, other: &'a u8) -> &'a u8 {
            pause().await;
            if self.0 > *other { &self.get_mut().0 } else { other }
        }
    }

    #[test]
    fn may_be_of_any_form() {
        let mut counter = Counter(1);
        assert_eq!(block_on(counter.shared()), &1);
        assert_eq!(block_on(counter.exclusive(2)), &Counter(3));
        assert_eq!(block_on(pin!(Counter(3)).as_mut().pinned(&1)), &3);
        assert_eq!(block_on(Arc::new(Counter(4)).counted()), Arc::new(Counter(4)));
        assert_eq!(block_on(Box::new(Counter(5)).boxed()), 5);
        assert_eq!(block_on(block_on(Counter(6).mutable()).owned()), 7);
    }
}

mod traits {
    use super::*;

    trait Source {
        type Item;

        async fn get(&mut self) -> Option<Self::Item>;

        #[alloc_budget(max = 0)]
        async fn skip(&mut self, count: usize) -> Option<Self::Item> {
            for _ in 0..count {
                self.get().await?;
            }
            self.get().await
        }

        #[alloc_budget(max = 0)]
        async fn of(item: Self::Item) -> Self::Item
        where
            Self: Sized,
        {
            pause().await;
            item
        }
    }

    impl<T: Copy, const N: usize> Source for (usize, [T; N]) {
        type Item = T;

        #[alloc_budget(max = 0)]
        async fn get(&mut self) -> Option<T> {
            pause().await;
            let (at, all) = self;
            *at += 1;
            all.get(*at - 1).copied()
        }
    }

    #[test]
    fn have_async_methods_and_defaults() {
        let mut source = (0, [1, 2, 3]);
        assert_eq!(block_on(source.get()), Some(1));
        assert_eq!(block_on(source.skip(1)), Some(3));
        assert_eq!(block_on(source.skip(1)), None);
        assert_eq!(block_on(<(usize, [u8; 0])>::of(4)), 4);
    }
}

mod drops {
    use super::*;

    thread_local!(static LOG: RefCell<Vec<&'static str>> = const { RefCell::new(Vec::new()) });

    struct Noisy(&'static str);

    impl Drop for Noisy {
        fn drop(&mut self) {
            alloc_budget::exempt(|| LOG.with_borrow_mut(|log| log.push(self.0)));
        }
    }

    fn log(future: impl Future<Output = ()>, polls: usize) -> Vec<&'static str> {
        {
            let mut future = pin!(future);
            for _ in 0..polls {
                if poll(future.as_mut()).is_ready() {
                    LOG.with_borrow_mut(|log| log.push("ready"));
                    break;
                }
            }
            LOG.with_borrow_mut(|log| log.push("dropped"));
        }
        LOG.take()
    }

    /// The same function twice, the second time with a budget.
    macro_rules! assert_same_drops {
        (($($argument:tt)*) $body:block, $($value:expr),*) => {{
            async fn plain($($argument)*) $body
            #[alloc_budget(max = 0)]
            async fn budgeted($($argument)*) $body
            for polls in 0..4 {
                let (plain, budgeted) = (log(plain($($value),*), polls), log(budgeted($($value),*), polls));
                assert!(!plain.is_empty());
                assert_eq!(budgeted, plain, "after {polls} polls");
            }
        }};
    }

    #[test]
    fn of_arguments_are_in_the_same_order() {
        assert_same_drops!((a: Noisy, b: Noisy, c: Noisy) { pause().await; let _ = (&a, &b, &c); }, Noisy("a"), Noisy("b"), Noisy("c"));
        assert_same_drops!((a: Noisy, b: Noisy, c: Noisy) { pause().await; let _ = (&c, &a, &b); pause().await; }, Noisy("a"), Noisy("b"), Noisy("c"));
        assert_same_drops!((a: Noisy, b: Noisy) { drop(b); pause().await; drop(a); }, Noisy("a"), Noisy("b"));
        assert_same_drops!((a: Noisy, b: Noisy) { let _local = Noisy("local"); let moved = a; pause().await; drop(b); let _ = &moved; }, Noisy("a"), Noisy("b"));
    }

    #[test]
    fn of_arguments_that_are_not_used_are_in_the_same_order() {
        assert_same_drops!((_: Noisy, _b: Noisy) { pause().await; }, Noisy("a"), Noisy("b"));
        assert_same_drops!((_a: Noisy, b: Noisy) { pause().await; let _ = &b; }, Noisy("a"), Noisy("b"));
        assert_same_drops!((a: Noisy, _b: Noisy, c: Noisy) { pause().await; let _ = (&a, &c); }, Noisy("a"), Noisy("b"), Noisy("c"));
    }

    #[test]
    fn of_patterns_are_in_the_same_order() {
        assert_same_drops!(((a, b): (Noisy, Noisy), c: Noisy) { pause().await; let _ = (&a, &b, &c); }, (Noisy("a"), Noisy("b")), Noisy("c"));
    }

    #[test]
    fn of_temporaries_and_locals_are_in_the_same_order() {
        assert_same_drops!((a: Noisy) {
            let _local = Noisy("local");
            pause().await;
            if Noisy("temporary").0 == a.0 {} else { pause().await }
        }, Noisy("a"));
    }

    /// They are freed behind the guard, as in a function that is not `async`.
    #[test]
    fn of_arguments_do_not_count() {
        #[alloc_budget(max = 0, max_deallocs = 0)]
        #[allow(clippy::unused_async)]
        async fn one_poll(block: Block) -> usize {
            block.capacity()
        }
        #[alloc_budget(max = 0, max_deallocs = 0)]
        async fn awaits(block: Block) -> usize {
            pause().await;
            block.capacity()
        }
        assert_eq!(block_on(one_poll(block(10))), 10);
        assert_eq!(block_on(awaits(block(10))), 10);
        assert_eq!(block_on(measure_future(awaits(block(10)))).1.deallocations, 1);
    }

    #[test]
    fn of_locals_count() {
        #[alloc_budget(max = 1, max_deallocs = 1, max_retained_bytes = 0)]
        async fn awaits() -> usize {
            let block = block(10);
            pause().await;
            block.capacity()
        }
        assert_eq!(block_on(awaits()), 10);
    }
}
