//! The body is left, dropped and unwound as without the attribute.

use std::cell::RefCell;
use std::panic::Location;

use alloc_budget::alloc_budget;
use support::{catch, slashed};

use super::{allocate, is_exceeded};

#[test]
fn are_judged_at_every_exit() {
    #[alloc_budget(max = 0)]
    fn exits(way: usize) -> Option<usize> {
        if way == 0 {
            allocate();
            return None;
        }
        if way == 1 {
            allocate();
            None?;
        }
        Some(if way == 2 { allocate().len() } else { way })
    }
    assert_eq!([0, 1, 2].map(|way| is_exceeded(|| exits(way))), [true; 3]);
    assert_eq!(catch(|| exits(3)).unwrap(), Some(3));
}

#[test]
fn may_end_as_if_more_were_to_come() {
    #[alloc_budget(max = 0)]
    fn question_marks(allocate: fn() -> Option<Option<Option<u8>>>) -> Option<u8> {
        allocate()??
    }
    #[alloc_budget(max = 0)]
    fn brackets() -> Option<Result<u8, u8>> {
        allocate();
        None::<Result<u8, u8>>
    }
    #[alloc_budget(max = 0)]
    fn dots() -> std::ops::RangeFrom<usize> {
        let n = allocate().len();
        n..
    }
    #[alloc_budget(max = 0)]
    fn never() -> fn() -> ! {
        allocate();
        std::process::abort as fn() -> !
    }
    let allocated = || {
        allocate();
        Some(Some(None))
    };
    assert!(is_exceeded(|| question_marks(allocated)));
    assert!(is_exceeded(brackets));
    assert!(is_exceeded(dots));
    assert!(is_exceeded(never));
}

#[test]
fn are_judged_after_their_locals_are_dropped() {
    #[alloc_budget(max_deallocs = 0)]
    fn dropping() {
        let _local = allocate();
    }
    #[alloc_budget(max_retained_bytes = 0)]
    fn retaining_nothing() {
        let _local = allocate();
    }
    assert!(is_exceeded(dropping));
    catch(retaining_nothing).unwrap();
}

type Log<'a> = &'a RefCell<Vec<&'static str>>;

struct Noisy<'a>(&'static str, Log<'a>);

impl Noisy<'_> {
    fn checked(&self) -> Option<&'static str> {
        (!self.0.is_empty()).then_some(self.0)
    }
}

impl Drop for Noisy<'_> {
    fn drop(&mut self) {
        self.1.borrow_mut().push(self.0);
    }
}

#[test]
fn drop_in_the_same_order() {
    macro_rules! dropping {
        ($(#[$attribute:meta])? $name:ident) => {
            $(#[$attribute])?
            fn $name<'a>(
                first: Noisy<'a>,
                _: Noisy<'a>,
                (_second, ..): (Noisy<'a>, Noisy<'a>),
                log: Log<'a>,
            ) -> Option<(Noisy<'a>, &'static str)> {
                let _local = Noisy("local", log);
                let moved = Noisy("moved", log);
                let _ = Noisy("at once", log);
                let shadowed = Noisy("shadowed", log);
                let shadowed = Noisy(shadowed.checked()?, log);
                drop(shadowed);
                Some((moved, Noisy("temporary in tail", log).checked().and(first.checked())?))
            }
        };
    }
    dropping!(plain);
    dropping!(
        #[alloc_budget(measure)]
        budgeted
    );

    let [plain, budgeted] = [plain, budgeted].map(|function| {
        let log = RefCell::new(Vec::new());
        let noisy = |name| Noisy(name, &log);
        let result = function(noisy("first"), noisy("unbound"), (noisy("second"), noisy("rest")), &log);
        log.borrow_mut().push("returned");
        drop(result);
        log.into_inner()
    });
    assert_eq!(plain.len(), 11);
    assert_eq!(budgeted, plain);
}

#[test]
fn may_return_what_they_borrowed() {
    #[alloc_budget(max = rows.len())]
    fn last(rows: &mut Vec<u32>) -> Option<&mut u32> {
        rows.push(1);
        rows.last_mut()
    }
    let mut rows = vec![0];
    *last(&mut rows).unwrap() += 1;
    assert_eq!(rows, [0, 2]);
}

#[test]
fn know_their_caller() {
    #[track_caller]
    #[alloc_budget(max = 0)]
    fn caller() -> &'static Location<'static> {
        Location::caller()
    }
    assert_eq!((caller().file(), caller().line()), (file!(), line!()));
}

#[test]
fn panic_where_they_panic() {
    #[alloc_budget(max = 0)]
    fn panicking(line: &mut u32) {
        allocate();
        *line = line!() + 1;
        panic!("on purpose");
    }
    let mut line = 0;
    let panic = catch(|| panicking(&mut line)).unwrap_err();
    assert_eq!(panic.message, "on purpose");
    assert!(panic.place.starts_with(&format!("{}:{line}:", slashed(file!()))), "{}", panic.place);
}
