//! The text of an overage, to the letter.

use std::fmt::Write as _;
use std::hint::black_box;

use alloc_budget::{Budget, Measurement, alloc_budget, measure};
use support::{panic_of, site};

mod callers;
mod codec;
mod first_use;
mod others;

/// The names of inlined functions have no path where a profile keeps line tables only.
#[cfg(all(debug_assertions, not(target_env = "msvc")))] // no columns
#[test]
fn is_the_one_in_the_manual() {
    let (place, message) = panic_of(|| drop(codec::encode(b"hello")));

    assert_eq!(place, "tests/report/codec.rs:6:1");
    let expected = "\
allocation budget exceeded: `codec::encode`

  allocations   3 of 0      bytes   1 180

  1 024 B   ×1   tests/report/codec.rs:17:21   codec::frame
                 Vec::with_capacity
                 from tests/report/codec.rs:7:21   codec::encode
    156 B   ×2   tests/report/codec.rs:10:15   codec::encode
                 String::push_str → Vec::reserve

help: raise the budget to `max = 3`, or find out more with `ALLOC_BUDGET_TRACE=full`";
    assert_eq!(with_methods_column(&message), expected);
}

/// The oldest compilers place a method's call at what it is called of, and not at its name.
fn with_methods_column(message: &str) -> String {
    let [receiver, method] = [9, 15].map(|column| format!("{:<8}", format!("10:{column}")));
    message.replace(&format!("codec.rs:{receiver}"), &format!("codec.rs:{method}"))
}

/// What it takes to write it, but not what it is written to.
#[test]
fn counts_nowhere() {
    let overage = Budget::new().max(0).check(|| drop(black_box(vec![1_u8]))).unwrap_err();
    let mut report = String::with_capacity(10_000);
    let (written, m) = measure(|| write!(report, "{overage}"));
    assert_eq!((written, m), (Ok(()), Measurement::default()));
    let (copy, m) = measure(|| overage.to_string());
    assert_eq!((m.retained_blocks(), m.retained_bytes), (1, copy.capacity().cast_signed() as i64));
}

#[test]
fn names_the_lines_in_every_profile() {
    let (place, message) = panic_of(|| drop(codec::encode(b"hello")));

    assert_eq!(place, "tests/report/codec.rs:6:1");
    assert!(
        message.contains(&format!("  1 024 B   ×1   {}   ", site("tests/report/codec.rs", 17, 21))),
        "{message}"
    );
    let message = with_methods_column(&message);
    assert!(message.contains(&format!("{}   ", site("tests/report/codec.rs", 10, 15))), "{message}");
}

#[test]
fn places_the_lines_of_another_file_like_those_of_its_own() {
    #[alloc_budget(max = 0)]
    fn header() -> Vec<u8> {
        codec::frame(b"header")
    }

    let (_, message) = panic_of(header);
    assert!(message.contains(&format!("   {}   ", site("tests/report/codec.rs", 17, 21))), "{message}");
}

#[test]
fn is_the_same_every_time_and_on_every_thread() {
    let report = || panic_of(|| drop(codec::encode(b"hello")));
    let first = report();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| (0..5).for_each(|_| assert_eq!(report(), first)));
        }
    });
}

#[test]
fn shows_each_limit_that_was_passed() {
    let budget = Budget::new().max(9).max_bytes(9_999).max_peak_bytes(0).max_retained_bytes(10).name("all");
    let overage =
        budget.max_deallocs(0).check(|| black_box(black_box(vec![1_u8; 20_000]).clone())).unwrap_err();

    let numbers = overage.to_string();
    let numbers = numbers.lines().nth(2).unwrap();
    assert_eq!(
        numbers,
        "  allocations   2      bytes   40 000 of 9 999      peak bytes   40 000 of 0      \
         retained bytes   20 000 of 10      deallocations   1 of 0"
    );
    let help = overage.to_string();
    let help = help.lines().last().unwrap();
    assert!(
        help.starts_with(
            "help: raise the budget to `max_bytes = 40000, max_peak_bytes = 40000, \
             max_retained_bytes = 20000, max_deallocs = 1`"
        ),
        "{help}"
    );
}

#[test]
fn names_a_method_by_its_type() {
    struct Encoder<T>(T);

    impl<T: AsRef<str>> Encoder<T> {
        #[alloc_budget(max = 0)]
        fn owned(&self) -> String {
            self.0.as_ref().to_owned()
        }
    }

    impl<T: AsRef<str>> From<Encoder<T>> for String {
        #[alloc_budget(max = 0)]
        fn from(encoder: Encoder<T>) -> Self {
            encoder.0.as_ref().to_owned()
        }
    }

    let name = |f: fn()| {
        let (_, message) = panic_of(f);
        message.lines().next().unwrap().to_owned()
    };
    assert_eq!(
        name(|| drop(black_box(Encoder("a").owned()))),
        "allocation budget exceeded: `names_a_method_by_its_type::Encoder::owned`"
    );
    assert_eq!(
        name(|| drop(black_box(String::from(Encoder("a"))))),
        "allocation budget exceeded: `alloc::string::String::from`"
    );
}
