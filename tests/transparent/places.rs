//! A function stays where it is, and is what it was.

use std::any::type_name;
use std::panic::Location;

use alloc_budget::alloc_budget;

#[test]
fn a_function_knows_its_caller_and_its_name() {
    #[track_caller]
    #[alloc_budget(max_deallocs = 0)]
    fn line() -> u32 {
        Location::caller().line()
    }
    #[alloc_budget(max = 0)]
    fn name() -> &'static str {
        fn inside() {}
        fn name_of<T>(_: T) -> &'static str {
            type_name::<T>()
        }
        name_of(inside)
    }
    assert_eq!(line(), line!());
    assert!(name().ends_with("::name::inside"), "{}", name());
}

/// In a constant's value, an array's length, a closure.
const ONE: fn() -> u8 = {
    #[alloc_budget(max = 0)]
    fn one() -> u8 {
        1
    }
    one
};

#[test]
fn functions_are_in_every_place() {
    let two = || {
        #[alloc_budget(max = 0)]
        fn two() -> u8 {
            2
        }
        two()
    };
    let three = async {
        #[alloc_budget(max = 0)]
        async fn three() -> u8 {
            std::future::ready(3).await
        }
        three().await
    };
    assert_eq!([ONE(), two(), futures::executor::block_on(three)], [1, 2, 3]);
}

#[inline(always)]
#[must_use]
#[cold]
#[doc = concat!("Documented ", "by a macro.")]
#[alloc_budget(max = 0)]
#[deprecated(note = "on purpose")]
#[allow(clippy::inline_always)]
fn with_attributes() -> u8 {
    1
}

#[alloc_budget(max = 0)]
#[expect(deprecated, unused_must_use)]
#[test]
fn attributes_are_kept() {
    with_attributes();
}

#[cfg(any())]
#[alloc_budget(max = 0)]
fn never_compiled() -> Missing {}

#[cfg_attr(all(), alloc_budget(max = 0))]
#[cfg_attr(any(), alloc_budget(max = "not here"))]
fn conditional() -> u8 {
    1
}

#[alloc_budget(max = 1)]
#[alloc_budget(measure, name = "twice")]
#[alloc_budget(max_deallocs = 1)]
fn more_than_one() -> usize {
    Vec::<u8>::with_capacity(1).capacity()
}

#[test]
fn attributes_are_conditional_and_more_than_one() {
    assert_eq!((conditional(), more_than_one()), (1, 1));
    let twice = alloc_budget::records().into_iter().find(|record| record.name == "twice").unwrap();
    assert_eq!(twice.calls, 1);
}

/// Neighbours that can't have a budget.
mod neighbours {
    use alloc_budget::alloc_budget;

    pub(super) const fn constant() -> usize {
        2
    }

    #[alloc_budget(max = constant() - 2)]
    pub(super) fn budgeted() -> [u8; constant()] {
        [1; constant()]
    }
}

#[test]
fn neighbours_are_left_alone() {
    assert_eq!(neighbours::budgeted(), [1; 2]);
}
