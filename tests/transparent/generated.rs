//! Functions that macros make, the attribute among their tokens.

use alloc_budget::alloc_budget;

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
                                    #[$crate::transparent::generated::attribute::alloc_budget(max = 0)]
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
    assert_eq!(futures::executor::block_on(awaits_in_a_macro(1)), 1);
}
