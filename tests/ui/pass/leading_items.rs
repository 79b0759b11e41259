//! Items at the beginning of the body, and statements that only look like them.
#![deny(warnings)]

use alloc_budget::alloc_budget;

#[alloc_budget(max = 0)]
fn items() -> u32 {
    use std::cmp::max;
    const N: u32 = 1;
    static M: u32 = 2;
    type Number = u32;
    struct Unit;
    struct Wrapper(Number);
    enum Either {
        Left,
    }
    union Bits {
        word: u32,
    }
    trait Get {
        fn get(&self) -> u32;
    }
    impl Get for Wrapper {
        fn get(&self) -> u32 {
            self.0
        }
    }
    mod module {
        pub(super) fn four() -> u32 {
            4
        }
    }
    unsafe extern "C" {
        safe fn abs(n: i32) -> i32;
    }
    extern "C" fn foreign() -> u32 {
        5
    }
    unsafe fn dangerous() -> u32 {
        6
    }
    async fn later() {}
    const fn early() -> u32 {
        7
    }
    #[allow(dead_code)]
    #[derive(Clone)]
    struct Attributed;
    macro_rules! eight {
        () => {
            8
        };
    }

    let _ = (Unit, Either::Left, Bits { word: 1 }, later(), dangerous as unsafe fn() -> u32);
    max(N, M) + Wrapper(3).get() + module::four() + foreign() + early() + eight!() + abs(-1).unsigned_abs()
}

#[alloc_budget(max = 0)]
fn items_only() {
    #[allow(dead_code)]
    const N: u32 = 1;
}

#[alloc_budget(max = 0)]
fn item_in_the_middle() -> u32 {
    let n = 1;
    const M: u32 = 2;
    n + M
}

#[alloc_budget(max = 0)]
fn unsafe_block(n: &u32) -> u32 {
    // SAFETY: a reference is valid.
    unsafe { *std::ptr::from_ref(n) }
}

#[alloc_budget(max = 0)]
fn const_block() -> u32 {
    const { 1 + 1 }
}

#[alloc_budget(max = 0)]
fn async_block() -> impl Future<Output = u32> {
    async move { 1 }
}

#[alloc_budget(max = 0)]
fn macro_call() -> u32 {
    assert!(true);
    1
}

#[alloc_budget(max = 0)]
fn macro_value() -> u32 {
    u32::from_str_radix(concat!("1", "0"), 2).unwrap()
}

#[alloc_budget(max = 0)]
fn label() -> u32 {
    'found: loop {
        break 'found 1;
    }
}

#[alloc_budget(max = 0)]
fn weak_keywords() -> u32 {
    let (mut union, auto, macro_rules, default, safe) = (0, 1, 2, 3, 4);
    union += 1;
    union + auto + macro_rules + default + safe
}

#[alloc_budget(max = 0)]
fn weak_keyword_first(union: &mut u32) {
    *union += 1;
}

#[alloc_budget(max = 0)]
fn attributed_statement() -> u32 {
    #[allow(unused_variables)]
    let n = 1;
    #[cfg(any())]
    return 2;
    3
}

fn main() {
    assert_eq!(items(), 2 + 3 + 4 + 5 + 7 + 8 + 1);
    items_only();
    assert_eq!(item_in_the_middle(), 3);
    assert_eq!(unsafe_block(&1), 1);
    assert_eq!(const_block(), 2);
    let _ = async_block();
    assert_eq!(macro_call(), 1);
    assert_eq!(macro_value(), 2);
    assert_eq!(label(), 1);
    assert_eq!(weak_keywords(), 11);
    let mut union = 1;
    weak_keyword_first(&mut union);
    assert_eq!((union, attributed_statement()), (2, 3));
}
