//! Functions that `macro_rules!` makes, whole and from fragments of every kind.
#![deny(warnings)]

use alloc_budget::alloc_budget;

macro_rules! fixed {
    ($name:ident) => {
        #[alloc_budget(max = 0)]
        fn $name() -> u32 {
            1
        }
    };
}

fixed!(fixed);

macro_rules! fragments {
    (
        $(#[$attribute:meta])* $visibility:vis fn $name:ident<$lifetime:lifetime>
        ($($parameter:ident: $type:ty),*) -> $result:ty where $limit:expr, $label:literal; $body:block
    ) => {
        $(#[$attribute])*
        #[alloc_budget(max = $limit, max_bytes = 64 * $limit, name = $label)]
        $visibility fn $name<$lifetime>($($parameter: $type),*) -> $result $body
    };
}

fragments! {
    /// Documented.
    #[must_use]
    pub(crate) fn public<'a>(rows: &'a [u64]) -> &'a u64 where rows.len() + 1, "public"; { &rows[0] }
}

fragments! {
    fn private<'a>(rows: &'a [u64], n: usize) -> &'a u64 where n, "private"; { &rows[n] }
}

macro_rules! numbers {
    ($($visibility:vis $name:ident $limit:literal $warmup:tt;)*) => {
        $(
            #[alloc_budget(max = $limit, warmup = $warmup)]
            $visibility fn $name() -> u64 {
                $limit
            }
        )*
    };
}

numbers! {
    zero 0 1;
    pub(crate) one 1 0;
}

macro_rules! items {
    ($($item:item)*) => {
        $(
            #[alloc_budget(max = 0)]
            $item
        )*
    };
}

items! {
    fn first() -> u64 {
        1
    }

    /// Documented.
    #[inline]
    pub(crate) fn second(n: u64) -> u64 {
        n
    }
}

macro_rules! tokens {
    ($($tokens:tt)*) => {
        #[alloc_budget(max = 0)]
        $($tokens)*
    };
}

tokens! {
    fn third(n: u64) -> u64 {
        n + 1
    }
}

macro_rules! statements {
    ($name:ident, $argument:pat_param, $first:stmt; $value:expr) => {
        #[alloc_budget(max = 0)]
        fn $name($argument: u64) -> u64 {
            $first
            $value
        }
    };
}

statements!(fourth, n, let m = 2; m + n);

macro_rules! methods {
    ($type:ident, $path:path, $crate_path:path; $($name:ident = $limit:expr),*) => {
        impl $path {
            $(
                #[alloc_budget(max = $limit, crate = $crate_path)]
                fn $name(&self) -> u64 {
                    self.0
                }
            )*
        }
        impl From<$type> for u64 {
            #[alloc_budget(max = value.0)]
            fn from(value: $type) -> Self {
                value.0
            }
        }
    };
}

struct Rows(u64);
methods!(Rows, crate::Rows, ::alloc_budget; fifth = 0, sixth = Rows(1).0 + 2 * 3);

/// With this module in place of the crate, as another crate's macro would have it.
mod runtime {
    pub(crate) use ::alloc_budget::*;
}

macro_rules! by_dollar_crate {
    ($name:ident) => {
        #[$crate::runtime::alloc_budget(max = 0, crate = $crate::runtime)]
        fn $name() -> u64 {
            7
        }
    };
}

by_dollar_crate!(seventh);

fn main() {
    assert_eq!(fixed(), 1);
    assert_eq!((public(&[1]), private(&[1, 2], 1)), (&1, &2));
    assert_eq!((zero(), one()), (0, 1));
    assert_eq!([first(), second(2), third(2), fourth(2)], [1, 2, 3, 4]);
    assert_eq!((Rows(5).fifth(), Rows(6).sixth(), u64::from(Rows(7))), (5, 6, 7));
    assert_eq!(seventh(), 7);
}
