//! The user's names are the user's, whatever the expansion calls its own.
#![allow(non_upper_case_globals, non_camel_case_types)]

use alloc_budget::alloc_budget;

#[alloc_budget(max = _guard + message)]
fn parameters(_guard: u32, message: u32, guard: u32, site: u32, limits: u32) -> u32 {
    _guard + message + guard + site + limits
}

#[allow(non_snake_case)]
#[alloc_budget(max = SITE + __alloc_budget_raise + __alloc_budget_here)]
fn loud_parameters(SITE: u32, __alloc_budget_raise: u32, __alloc_budget_here: u32) -> u32 {
    SITE + __alloc_budget_raise + __alloc_budget_here
}

#[alloc_budget(max = 0)]
fn locals() -> u32 {
    let _guard = 1;
    let SITE = 2;
    let message = 3;
    let __alloc_budget_raise = 4;
    _guard + SITE + message + __alloc_budget_raise
}

#[alloc_budget(max = 0)]
fn items() -> u32 {
    const _guard: u32 = 1;
    static SITE: u32 = 2;
    const message: u32 = 3;
    fn __alloc_budget_raise() -> u32 {
        4
    }
    struct Limits;
    let _ = Limits;
    _guard + SITE + message + __alloc_budget_raise()
}

#[alloc_budget(max = 0)]
fn types<SITE, Limits>(site: SITE, limits: Limits) -> (SITE, Limits) {
    (site, limits)
}

#[alloc_budget(max = SITE)]
fn const_parameter<const SITE: usize>() -> usize {
    SITE
}

#[alloc_budget(max = 0)]
fn alloc_budget() -> u32 {
    1
}

mod constants {
    use alloc_budget::alloc_budget;

    const _guard: u32 = 1;
    const SITE: u32 = 2;
    const message: u32 = 3;
    const __alloc_budget_raise: u32 = 4;

    #[alloc_budget(max = _guard + SITE + message + __alloc_budget_raise)]
    pub(super) fn sum() -> u32 {
        _guard + SITE + message + __alloc_budget_raise
    }
}

mod statics {
    use alloc_budget::alloc_budget;

    static _guard: u32 = 1;
    static SITE: u32 = 2;
    static message: u32 = 3;
    static __alloc_budget_raise: u32 = 4;

    #[alloc_budget(max = _guard + SITE + message + __alloc_budget_raise)]
    pub(super) fn sum() -> u32 {
        _guard + SITE + message + __alloc_budget_raise
    }
}

mod structs {
    use alloc_budget::alloc_budget;

    pub(super) struct _guard;
    pub(super) struct message;
    pub(super) struct SITE;

    #[alloc_budget(max = 0)]
    pub(super) fn all() -> (_guard, message, SITE) {
        (_guard, message, SITE)
    }
}

fn main() {
    assert_eq!(parameters(1, 2, 3, 4, 5), 15);
    assert_eq!(loud_parameters(1, 2, 3), 6);
    assert_eq!(locals() + items() + constants::sum() + statics::sum(), 40);
    assert_eq!(types('a', 1), ('a', 1));
    assert_eq!(const_parameter::<1>(), 1);
    assert_eq!(alloc_budget(), 1);
    let (structs::_guard, structs::message, structs::SITE) = structs::all();
}
