//! Where the panic of an overage is said to be.

use alloc_budget::alloc_budget;
use support::{catch, slashed};

use super::allocate;

type Located = (fn() -> Vec<u8>, (u32, u32));

const FREE: u32 = line!() + 5;
#[alloc_budget(max = 0)]
/// Documentation is an attribute too,
#[must_use]
#[inline(never)]
pub(super) fn free() -> Vec<u8> {
    allocate()
}

struct Method;

const METHOD: u32 = line!() + 5;
impl Method {
    // A comment is nothing at all.
    #[inline(never)]
    #[alloc_budget(max = 0)]
    unsafe fn method() -> Vec<u8> {
        allocate()
    }
}

const CALLER: u32 = line!() + 3;
#[track_caller]
#[alloc_budget(max = 0)]
fn caller() -> Vec<u8> {
    allocate()
}

macro_rules! function {
    ($visibility:vis $name:ident) => {
        #[alloc_budget(max = 0)]
        $visibility fn $name() -> Vec<u8> {
            allocate()
        }
    };
}

const PRIVATE: u32 = line!() + 1;
function!(private);

#[test]
fn are_those_of_the_first_token_behind_the_attributes() {
    let functions: [Located; 4] = [
        (free, (FREE, 1)),
        // SAFETY: it asks for nothing.
        (|| unsafe { Method::method() }, (METHOD, 5)),
        (caller, (CALLER, 1)),
        (private, (PRIVATE, 1)),
    ];
    for (function, (line, column)) in functions {
        let panic = catch(function).unwrap_err();
        assert!(panic.message.starts_with("allocation budget exceeded"));
        assert_eq!(panic.place, format!("{}:{line}:{column}", slashed(file!())));
    }
}
