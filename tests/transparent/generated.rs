//! Functions that macros make, the attribute among their tokens.

use std::hint::black_box;
use std::panic::catch_unwind;

use alloc_budget::alloc_budget;
use futures::executor::block_on;

macro_rules! from_fragments {
    ($(#[$attribute:meta])* $visibility:vis $name:ident $argument:pat_param, $type:ty => $result:ty, $limit:expr; $body:block) => {
        $(#[$attribute])*
        #[alloc_budget(max = $limit)]
        $visibility fn $name($argument: $type) -> $result $body
    };
}

from_fragments!(
    /// Documented.
    #[inline]
    pub(super) sum (a, b), (u8, u8) => u8, a; { a + b }
);
from_fragments!(longest text, &str => impl Fn(&str) -> bool, 0; {
    let length = text.len();
    move |other| other.len() > length
});
from_fragments!(empty _, () => (), 0; {});

/// The function's type, body and receiver come from three macros.
macro_rules! outer {
    ($type:ident) => {
        macro_rules! inner {
                                            ($receiver:ident, $name:ident) => {
                                                impl $type {
                                                    #[$crate::generated::attribute::alloc_budget(max = 0)]
                                                    fn $name(&$receiver) -> u8 {
                                                        $receiver.0
                                                    }
                                                }
                                            };
                                        }
        inner!(self, first);
    };
}

/// As another crate would export it.
mod attribute {
    pub(super) use alloc_budget::alloc_budget;
}

struct One(u8);
outer!(One);

macro_rules! tail {
    ($($body:tt)*) => {
        $($body)*
    };
}

#[alloc_budget(max = 1)]
fn body_of_a_macro(n: u8) -> Vec<u8> {
    tail! {
        let m = n + 1;
        vec![m]
    }
}

#[alloc_budget(max_deallocs = 1)]
async fn awaits_in_a_macro(n: u8) -> u8 {
    macro_rules! awaited {
        ($future:expr) => {
            $future.await
        };
    }
    awaited!(std::future::ready(n))
}

#[test]
fn macros_make_functions() {
    assert_eq!((sum((1, 2)), longest("a")("ab"), One(1).first()), (3, true, 1));
    empty(());
    assert_eq!(body_of_a_macro(1), [2]);
    assert_eq!(block_on(awaits_in_a_macro(1)), 1);
}

macro_rules! blocks {
    ($body:block) => {
        #[alloc_budget(max = 0)]
        fn once(is: bool) {
            if is $body
        }

        #[alloc_budget(max = 0)]
        fn repeated(times: u8) {
            for _ in 0..times $body
        }
    };
}
blocks!({
    drop(black_box(Vec::<u8>::with_capacity(1)));
});

#[test]
fn a_body_may_end_with_the_block_of_a_macro() {
    once(false);
    repeated(0);
    assert!(catch_unwind(|| once(true)).is_err());
    assert!(catch_unwind(|| repeated(1)).is_err());
}

/// What a fragment is next to is not its part: `$sum * 2` is six, and `&$object` a reference to all
/// of `dyn Fn() + Send`.
macro_rules! fragments_in_place {
    ($sum:expr, $reference:expr, $range:expr, $negative:literal, $pattern:pat, $object:ty) => {
        #[alloc_budget(max = 0)]
        fn plain() -> i32 {
            $sum * 2
        }

        #[alloc_budget(max = 0)]
        fn behind_items() -> i32 {
            const TWO: i32 = 2;
            $sum * TWO
        }

        #[alloc_budget(max = 0)]
        fn behind_inner_attributes(n: u8) -> Option<bool> {
            #![allow(clippy::never_loop)]
            for _ in $range.rev() {
                return Some(matches!(n, $pattern));
            }
            None
        }

        #[alloc_budget(max = 0, max_deallocs = 0)]
        fn in_an_arm() -> i32 {
            $sum * 2
        }

        #[alloc_budget(max = 0)]
        async fn in_front_of_an_await() -> (i32, i32, i32, u8) {
            (
                std::future::ready($sum * 2).await,
                $sum * std::future::ready(2).await,
                $negative.abs() * $sum * std::future::ready(1).await,
                $reference.pow(1) + std::future::ready(0).await,
            )
        }

        #[alloc_budget(max = 0)]
        async fn beside_a_macro() -> i32 {
            const TWO: i32 = 2;
            fragments_in_place!(await std::future::ready(TWO));
            $sum * TWO
        }

        #[alloc_budget(max = 0)]
        fn in_a_signature(f: &'static $object) -> &'static $object
        where
            $object: Send,
        {
            f
        }

        struct Container;

        #[alloc_budget(max = 0)]
        impl Container {
            const CONSTANT: i32 = $sum * 2;

            fn method() -> i32 {
                $sum * 2
            }
        }

        mod limits {
            use super::*;

            #[alloc_budget(max = $sum * 2)]
            pub(super) fn literal(boxes: u8) {
                (0..boxes).for_each(|n| drop(black_box(Box::new(n))));
            }

            #[alloc_budget(max = u64::try_from($sum * 2).unwrap())]
            pub(super) fn typed(boxes: u8) {
                (0..boxes).for_each(|n| drop(black_box(Box::new(n))));
            }
        }

        fn block() -> i32 {
            alloc_budget::budget!(max = $sum * 2, { $sum * 2 })
        }

        async fn block_that_awaits() -> i32 {
            alloc_budget::budget!(max = $sum * 2, { $sum * std::future::ready(2).await })
        }
    };
    (await $future:expr) => {
        $future.await
    };
}

fragments_in_place!(1 + 2, &3_u8, 0..3, -1_i32, 1 | 2, dyn Fn() + Send + Sync);

#[test]
fn fragments_keep_their_place() {
    assert_eq!([plain(), behind_items(), in_an_arm(), block()], [6; 4]);
    assert_eq!(behind_inner_attributes(2), Some(true));
    assert_eq!(block_on(in_front_of_an_await()), (6, 6, 3, 3));
    assert_eq!([block_on(beside_a_macro()), block_on(block_that_awaits())], [6; 2]);
    in_a_signature(&|| ())();
    assert_eq!([Container::CONSTANT, Container::method()], [6; 2]);
    limits::literal(6);
    limits::typed(6);
    assert!(catch_unwind(|| limits::literal(7)).is_err());
    assert!(catch_unwind(|| limits::typed(7)).is_err());
}

/// Where brackets have no place, and where they must be.
macro_rules! fragments_next_to_others {
    (
        $negative:literal, $n:expr, $field:expr, $struct:expr, $type:ty, $pointer:expr, $either:pat => $name:ident,
        $statement:stmt => $stated:ident, $item:item, $block:block
    ) => {
        struct Places(u8);

        #[alloc_budget(max = 0)]
        impl Holds<$negative> for Places {
            fn doubled(&self) -> i8 {
                self.held() * 2
            }
        }

        #[alloc_budget(max = 0)]
        impl Places {
            $item

            fn after_an_item(&self) -> bool {
                const SMALL: bool = 3 as $type < 4;
                SMALL && self.item() == 2
            }
        }

        #[alloc_budget(max = 0)]
        async fn next_to_others(n: i8, holder: Holder) -> (bool, u8, bool, bool, u8, bool) {
            let ranged = match std::future::ready(n).await {
                $negative..=$n => std::future::ready(true).await,
                _ => false,
            };
            let called = $field(1) + std::future::ready(holder.0(0)).await;
            let condition = if $struct { true } else { std::future::ready(false).await };
            let cast = n as $type < std::future::ready(3).await;
            let closure = |$either: Result<u8, u8>| $name;
            let either = closure(std::future::ready(Ok(4)).await);
            (ranged, called, condition, cast, either, $pointer.is_null() || std::future::ready(false).await)
        }

        #[alloc_budget(max = 0)]
        async fn behind_a_statement() -> u8 {
            $statement
            std::future::ready($stated).await
        }

        #[alloc_budget(max = 0)]
        async fn in_a_block() -> u8 {
            let waits = async move $block;
            std::future::ready(1).await + waits.await
        }

        #[alloc_budget(max = 0)]
        fn in_a_box() -> std::pin::Pin<Box<dyn Future<Output = u8>>> {
            Box::pin(async move $block)
        }
    };
}

trait Holds<const N: i8> {
    fn held(&self) -> i8 {
        N
    }

    fn doubled(&self) -> i8;
}

struct Holder(fn(u8) -> u8);

struct Truth {
    is: bool,
}

struct Named {
    function: fn(u8) -> u8,
}

static NAMED: Named = Named { function: |n| n + 1 };
static HELD: Holder = Holder(|n| n + 1);

fragments_next_to_others!(
    -1, 2, NAMED.function, Truth { is: true }.is, i8, &raw const HELD, Ok(either) | Err(either) => either,
    let stated = 5 => stated, fn item(&self) -> u8 { self.0 }, { std::future::ready(6).await }
);

#[test]
fn fragments_stand_where_they_stood() {
    assert_eq!((Places(2).held(), Places(2).doubled()), (-1, -2));
    assert!(Places(2).after_an_item());
    assert_eq!(block_on(next_to_others(-1, Holder(|n| n))), (true, 2, true, true, 4, false));
    assert_eq!([block_on(behind_a_statement()), block_on(in_a_block()), block_on(in_a_box())], [5, 7, 6]);
}

/// What an operator is in front of: `*f(1)` is what the call's result points to.
macro_rules! fragments_of_one_operator {
    ($function:expr, $list:expr, $option:expr, $bounds:ty) => {
        #[alloc_budget(max = 0)]
        async fn behind_an_operator() -> Option<u8> {
            Some($function(1) + $list[1] + $option? + std::future::ready(0).await)
        }

        #[alloc_budget(max = 0)]
        fn behind_an_ampersand(f: &$bounds) -> u8 {
            f()
        }
    };
}

static FUNCTION: &fn(u8) -> u8 = &HELD.0;
static LIST: &[u8; 2] = &[1, 2];
static OPTION: &Option<u8> = &Some(3);

fragments_of_one_operator!(*FUNCTION, *LIST, *OPTION, impl Fn() -> u8 + Send);

#[test]
fn fragments_keep_their_operator() {
    assert_eq!(block_on(behind_an_operator()), Some(2 + 2 + 3));
    assert_eq!(behind_an_ampersand(&|| 1), 1);
}
