//! What expanded code passes in: the limits of a budget, and where it stands.

use core::panic::Location;

/// What each quantity may reach. `u64::MAX` is no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    pub max: u64,
    pub max_bytes: u64,
    pub max_peak_bytes: u64,
    pub max_retained_bytes: u64,
    pub max_reallocs: u64,
    pub max_deallocs: u64,
    pub max_block_bytes: u64,
    pub max_surviving_bytes: u64,
}

impl Limits {
    pub const NONE: Self = Self {
        max: u64::MAX,
        max_bytes: u64::MAX,
        max_peak_bytes: u64::MAX,
        max_retained_bytes: u64::MAX,
        max_reallocs: u64::MAX,
        max_deallocs: u64::MAX,
        max_block_bytes: u64::MAX,
        max_surviving_bytes: u64::MAX,
    };
}

/// How many allocations `exempt` may leave out of a call. It is none of the [`Limits`], so that a
/// call without this limit carries nothing for it.
pub trait Exemptible: Copy {
    /// Without a limit, for calls that are not judged.
    const ANY: Self;

    fn most(self) -> u64;
}

/// Any number of them.
#[derive(Clone, Copy)]
pub struct AnyExempt;

impl Exemptible for AnyExempt {
    const ANY: Self = Self;

    fn most(self) -> u64 {
        MaxExempt::ANY.0
    }
}

/// So many. `u64::MAX` is no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MaxExempt(pub u64);

impl Exemptible for MaxExempt {
    const ANY: Self = Self(u64::MAX);

    fn most(self) -> u64 {
        self.0
    }
}

/// An expression's value as a limit. Signed types are left out: a budget that could be negative is
/// a mistake.
#[diagnostic::on_unimplemented(
    message = "a budget is an unsigned integer, not `{Self}`",
    label = "expected `usize`, `u64`, `u32`, `u16` or `u8`",
    note = "for a signed value, say what a negative one means: `u64::try_from(n).unwrap_or(0)`"
)]
pub trait Amount {
    fn amount(self) -> u64;
}

/// Which calls a budget leaves unjudged: a function's first ones on each thread, or this one.
#[diagnostic::on_unimplemented(
    message = "a warm-up is a number of calls or a condition, not `{Self}`",
    label = "expected an unsigned integer or a `bool`"
)]
pub trait Warmup {
    fn warmup(self) -> u64;
}

impl Warmup for bool {
    #[inline(always)]
    fn warmup(self) -> u64 {
        if self { u64::MAX } else { 0 }
    }
}

macro_rules! amounts {
    ($($integer:ty)*) => {$(
        impl Amount for $integer {
            #[inline(always)]
            #[allow(clippy::cast_lossless)]
            fn amount(self) -> u64 {
                self as u64
            }
        }

        impl Warmup for $integer {
            #[inline(always)]
            fn warmup(self) -> u64 {
                self.amount()
            }
        }
    )*};
}

amounts!(u8 u16 u32 u64 usize);

/// A limit of any unsigned type.
#[inline(always)]
pub fn amount(value: impl Amount) -> u64 {
    value.amount()
}

/// How many calls are not judged.
#[inline(always)]
pub fn warmup(value: impl Warmup) -> u64 {
    value.warmup()
}

/// A limit written in literals only, which have no type of their own.
#[inline(always)]
#[must_use]
pub const fn literal(value: u64) -> u64 {
    value
}

/// The caller's place in the source.
#[must_use]
#[track_caller]
pub const fn here() -> &'static Location<'static> {
    Location::caller()
}

/// Stands where a value's type must be told. Never called.
#[must_use]
pub fn never<T>() -> T {
    unreachable!()
}
