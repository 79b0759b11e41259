//! `on_err = skip`: calls that fail are not judged.

#![allow(clippy::needless_pass_by_value, clippy::unnecessary_wraps)]

use std::borrow::Cow;
use std::fmt::Display;
use std::hint::black_box;
use std::num::ParseIntError;
use std::task::Poll;

use alloc_budget::{alloc_budget, records};

use super::{allocate, is_exceeded};

#[alloc_budget(max = 0, on_err = skip)]
fn parse(text: &str, allocates: bool) -> Result<u32, String> {
    if allocates {
        allocate();
    }
    let number = text.parse().map_err(|error: ParseIntError| error.to_string())?;
    if number == 0 {
        return Err(String::from("zero"));
    }
    Ok(number)
}

#[test]
fn leaves_calls_that_fail_unjudged() {
    assert_eq!(parse("1", false), Ok(1));
    assert!(parse("one", false).is_err(), "left by `?`");
    assert!(parse("0", true).is_err(), "left by `return`");
    assert!(is_exceeded(|| parse("1", true)), "a success");
}

#[test]
fn knows_what_a_failure_is() {
    #[alloc_budget(max = 0, on_err = skip)]
    fn same<T>(value: T) -> Option<T> {
        allocate();
        Some(value)
    }
    #[alloc_budget(max = 0, on_err = skip)]
    fn option(value: Option<u8>) -> Option<u8> {
        allocate();
        value
    }
    #[alloc_budget(max = 0, on_err = skip)]
    fn poll(value: Poll<Result<u8, u8>>) -> Poll<Result<u8, u8>> {
        allocate();
        value
    }
    #[alloc_budget(max = 0, on_err = skip)]
    fn stream(value: Poll<Option<Result<u8, u8>>>) -> Poll<Option<Result<u8, u8>>> {
        allocate();
        value
    }
    assert!(is_exceeded(|| same(Err::<u8, u8>(1))), "what `?` would give is an error, and not left with");
    assert_eq!([None, Some(1)].map(|value| is_exceeded(|| option(value))), [false, true]);
    let polls = [Poll::Ready(Err(1)), Poll::Ready(Ok(1)), Poll::Pending];
    assert_eq!(polls.map(|value| is_exceeded(|| poll(value))), [false, true, true]);
    let polls = [Poll::Ready(Some(Err(1))), Poll::Ready(Some(Ok(1))), Poll::Ready(None), Poll::Pending];
    assert_eq!(polls.map(|value| is_exceeded(|| stream(value))), [false, true, true, true]);
}

#[test]
fn a_record_says_how_many_were_skipped() {
    #[alloc_budget(measure, on_err = skip, name = "sometimes fails")]
    fn sized(n: usize) -> Result<Vec<u8>, Vec<u8>> {
        let bytes = black_box(Vec::with_capacity(n));
        if n > 100 { Err(bytes) } else { Ok(bytes) }
    }
    #[alloc_budget(measure, on_err = skip, name = "always fails")]
    fn fails() -> Option<u8> {
        allocate();
        None
    }
    for n in [10, 1_000, 30] {
        let _ = sized(n);
    }
    fails();
    let records = records();
    let find = |name| records.iter().find(|record| record.name == name).unwrap();
    let sized = find("sometimes fails");
    assert_eq!((sized.calls, sized.skipped, sized.highest.bytes_allocated), (3, 1, 30));
    let fails = find("always fails");
    assert_eq!((fails.calls, fails.skipped, fails.highest.allocations), (1, 1, 0));
    assert_eq!(fails.highest.retained_bytes, 0);
}

#[test]
fn counts_a_panic_for_nobody() {
    #[alloc_budget(max = 0, on_err = skip)]
    fn panics() -> Option<u8> {
        allocate();
        panic!("first")
    }
    assert_eq!(support::panic_of(panics).1, "first");
    let ((), m) = alloc_budget::measure(|| drop(black_box(vec![1])));
    assert_eq!(m.allocations, 1);
}

#[test]
fn goes_with_every_other_argument() {
    #[alloc_budget(max_retained_bytes = 0, on_err = skip)]
    fn kept(is_ok: bool) -> Result<Vec<u8>, Vec<u8>> {
        let bytes = allocate();
        if is_ok { Ok(bytes) } else { Err(bytes) }
    }
    #[alloc_budget(max_deallocs = 0, on_err = skip)]
    fn takes(text: String) -> Option<usize> {
        Some(text.len())
    }
    #[alloc_budget(max = 0, threads = all, on_err = skip)]
    fn on_every_thread(is_ok: bool) -> Option<()> {
        std::thread::spawn(allocate).join().unwrap();
        is_ok.then_some(())
    }
    #[alloc_budget(max = 0, warmup = 1, on_err = skip)]
    fn warm(is_ok: bool) -> Option<()> {
        allocate();
        is_ok.then_some(())
    }
    assert_eq!([true, false].map(|is_ok| is_exceeded(|| kept(is_ok))), [true, false]);
    assert_eq!([true, false].map(|is_ok| is_exceeded(|| on_every_thread(is_ok))), [true, false]);
    assert_eq!([true, true, false].map(|is_ok| is_exceeded(|| warm(is_ok))), [false, true, false]);
    assert!(is_exceeded(|| takes(String::from("freed in the body"))));
}

/// The body is in a closure, and is what it was.
mod transparent {
    use super::*;

    struct Buffer {
        bytes: Vec<u8>,
    }

    impl Buffer {
        #[alloc_budget(max = 0, on_err = skip)]
        fn found(&mut self, wanted: u8) -> Option<&mut u8> {
            if let Some(at) = self.bytes.iter().position(|byte| *byte == wanted) {
                return self.bytes.get_mut(at);
            }
            self.bytes.last_mut()
        }

        #[alloc_budget(max = 0, on_err = skip)]
        fn into_bytes(self) -> Option<Vec<u8>> {
            let Self { bytes } = self;
            Some(bytes)
        }
    }

    #[alloc_budget(max = 0, on_err = skip)]
    fn split<'a>(bytes: &'a mut [u8], other: &mut u8) -> Option<(&'a mut u8, &'a mut [u8])> {
        *other += 1;
        bytes.split_first_mut()
    }

    #[alloc_budget(max = 0, on_err = skip)]
    fn counted(mut n: u32, text: &str) -> Result<u32, Cow<'_, str>> {
        n += 1;
        if n > 3 { Err(text.into()) } else { Ok(n) }
    }

    #[alloc_budget(max = 0, on_err = skip)]
    fn opaque(n: u8) -> Result<impl Iterator<Item = u8>, ParseIntError> {
        "1".parse::<u8>()?;
        Ok((0..n).map(|n| n + 1))
    }

    #[alloc_budget(max = limit, on_err = skip)]
    fn coerced(number: u8, limit: u8) -> Result<Box<dyn Display>, Box<dyn std::error::Error>> {
        if number > 1 {
            return Ok(Box::new(number));
        }
        "1".parse::<u8>()?;
        Ok(Box::new("small"))
    }

    #[alloc_budget(max = 0, on_err = skip)]
    unsafe fn pointed(pointer: *const u8) -> Option<u8> {
        // SAFETY: promised by the caller.
        Some(unsafe { *pointer })
    }

    #[alloc_budget(max = 0, on_err = skip)]
    fn generic<T: Clone, const N: usize>(values: &[T; N]) -> Option<T> {
        values.first().cloned()
    }

    #[alloc_budget(max = 0, on_err = skip)]
    fn recursive(depth: u8) -> Option<u8> {
        const ONE: u8 = 1;
        match depth {
            0 => Some(0),
            _ => Some(recursive(depth - 1)? + ONE),
        }
    }

    #[alloc_budget(max = 0, on_err = skip)]
    fn endless() -> Result<std::convert::Infallible, u8> {
        let mut n = 0;
        loop {
            n += 1;
            "x".repeat(n).parse::<u8>().map_err(|_| 1)?;
        }
    }

    #[alloc_budget(max = 0, on_err = skip)]
    fn ends_with_a_panic(n: u8) -> Option<u8> {
        if n > 0 {
            return Some(n);
        }
        panic!("zero")
    }

    #[test]
    fn is_the_body() {
        let mut buffer = Buffer { bytes: vec![1, 2] };
        *buffer.found(1).unwrap() = 3;
        assert_eq!(buffer.into_bytes().unwrap(), [3, 2]);
        let (mut bytes, mut other) = ([1, 2], 0);
        *split(&mut bytes, &mut other).unwrap().0 = 2;
        assert_eq!((bytes, other), ([2, 2], 1));
        assert_eq!((counted(1, ""), counted(3, "many")), (Ok(2), Err("many".into())));
        assert_eq!(opaque(2).unwrap().sum::<u8>(), 3);
        assert_eq!([coerced(1, 1), coerced(2, 1)].map(|value| value.unwrap().to_string()), ["small", "2"]);
        // SAFETY: a reference is a valid pointer.
        assert_eq!(unsafe { pointed(&1) }, Some(1));
        assert_eq!((generic(&[1, 2]), recursive(3)), (Some(1), Some(3)));
        assert_eq!((endless(), ends_with_a_panic(1)), (Err(1), Some(1)));
    }
}
