//! `#[track_caller]` still tells of the caller.
use std::panic::Location;

use alloc_budget::alloc_budget;

#[track_caller]
#[alloc_budget(max = 0)]
fn below() -> &'static Location<'static> {
    Location::caller()
}

#[alloc_budget(max = 0)]
#[track_caller]
fn above() -> &'static Location<'static> {
    Location::caller()
}

struct Unit;

impl Unit {
    #[alloc_budget(max = 0, name = "method")]
    #[track_caller]
    fn method(&self) -> u32 {
        Location::caller().line()
    }
}

fn main() {
    assert_eq!(below().line(), line!());
    assert_eq!((above().line(), Unit.method()), (line!(), line!()));
    assert_eq!((below().file(), below().column()), (file!(), 33));
}
