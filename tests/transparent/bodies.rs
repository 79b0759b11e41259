//! The body is passed through.

use std::cell::RefCell;
use std::fmt::Display;
use std::sync::Mutex;

use alloc_budget::alloc_budget;

#[test]
fn inner_attributes_and_items_come_first() {
    #[alloc_budget(max = LIMIT)]
    fn all() -> u8 {
        #![allow(unused_variables)]
        //! Inside.

        use std::cmp::max;
        const LIMIT: u8 = 3;
        static OFFSET: u8 = 1;
        macro_rules! twice {
            ($n:expr) => {
                $n + $n
            };
        }
        struct Inner(u8);
        impl Inner {
            #[alloc_budget(max = 0)]
            fn get(&self) -> u8 {
                self.0
            }
        }
        let unused = 1;
        max(twice!(OFFSET), Inner(LIMIT).get())
    }
    assert_eq!(all(), 3);
}

#[test]
fn the_first_statement_is_what_it_was() {
    #[alloc_budget(max = n)]
    fn tuple(n: u8) -> (u8, u8) {
        (n, 1)
    }
    #[alloc_budget(max = n)]
    fn negative(n: u8) -> i16 {
        -i16::from(n)
    }
    #[alloc_budget(max = n.len())]
    fn assigned(n: &mut Vec<u8>) {
        *n = Vec::new();
    }
    #[alloc_budget(max = 0)]
    fn range(n: u8) -> std::ops::RangeFrom<u8> {
        n..
    }
    #[alloc_budget(max = 0)]
    fn everything() -> std::ops::RangeFull {
        ..
    }
    #[alloc_budget(max = 0)]
    fn path<T: Default>() -> fn() -> T {
        T::default as fn() -> T
    }
    #[alloc_budget(max = 0)]
    fn turbofish() -> fn() -> Vec<u8> {
        Vec::<u8>::new
    }
    #[alloc_budget(max = 0)]
    fn question(n: Result<Result<u8, u8>, u8>) -> Result<u8, u8> {
        n?
    }
    #[alloc_budget(max = 0)]
    fn labelled(numbers: &[u8]) -> u8 {
        'all: {
            for n in numbers {
                if *n > 3 {
                    break 'all *n;
                }
            }
            0
        }
    }
    #[alloc_budget(max = 0)]
    fn nothing_but_if(n: u8) -> u8 {
        if n > 1 { 2 } else { 1 }
    }
    let mut list = vec![1];
    assigned(&mut list);
    assert!(list.is_empty() && everything() == (..));
    assert_eq!((tuple(2), negative(1), range(3).start), ((2, 1), -1, 3));
    assert_eq!((path::<u8>()(), turbofish()(), question(Ok(Err(1)))), (0, vec![], Err(1)));
    assert_eq!((labelled(&[1, 4]), nothing_but_if(1)), (4, 1));
}

#[test]
fn values_are_coerced_at_every_exit() {
    #[alloc_budget(max = 1)]
    fn boxed(number: u8) -> Box<dyn Display> {
        if number > 1 {
            return Box::new(number);
        }
        Box::new("small")
    }
    #[alloc_budget(max = 1, max_deallocs = 0)]
    async fn boxed_after_await(number: u8) -> Box<dyn Display> {
        std::future::ready(()).await;
        if number > 1 {
            return Box::new(number);
        }
        Box::new("small")
    }
    #[alloc_budget(max = 0)]
    fn slice(short: bool) -> &'static [u8] {
        if short { &[1] } else { &[1, 2] }
    }
    #[alloc_budget(max = 0)]
    fn pointer() -> fn(&str) -> &str {
        |text| text
    }
    assert_eq!((boxed(2).to_string(), boxed(1).to_string()), ("2".into(), "small".into()));
    assert_eq!(futures::executor::block_on(boxed_after_await(2)).to_string(), "2");
    assert_eq!((slice(false).len(), pointer()("a")), (2, "a"));
}

#[test]
fn borrows_end_where_they_did() {
    #[alloc_budget(max = 0)]
    fn locked(numbers: &Mutex<Vec<u8>>) -> usize {
        numbers.lock().unwrap().len()
    }
    #[alloc_budget(max_deallocs = 0)]
    fn borrowed(numbers: &RefCell<Vec<u8>>) -> Option<u8> {
        numbers.borrow().first().copied()
    }
    #[alloc_budget(max = 0)]
    fn found_or_last(numbers: &mut [u8], wanted: u8) -> Option<&mut u8> {
        if let Some(at) = numbers.iter().position(|n| *n == wanted) {
            return numbers.get_mut(at);
        }
        numbers.last_mut()
    }
    #[alloc_budget(max = 0)]
    fn moved_into_a_closure(text: String) -> impl FnOnce() -> String {
        move || text
    }
    let numbers = Mutex::new(vec![1, 2]);
    assert_eq!(locked(&numbers), locked(&numbers));
    assert_eq!(borrowed(&RefCell::new(vec![1])), Some(1));
    *found_or_last(&mut [1, 2], 3).unwrap() += 1;
    assert_eq!(moved_into_a_closure("a".into())(), "a");
}
