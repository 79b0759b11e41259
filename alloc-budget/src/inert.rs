//! The door for expanded code where nothing can be counted: the same names, and no deeds.

pub use crate::limits::{AnyExempt, Limits, MaxExempt, amount, here, literal, never, warmup};
pub use crate::outcome::{skip_err, skip_none};
pub use crate::prove::{Promise, mark, marked_block, marked_future};

use core::future::{Future, IntoFuture};
use core::marker::PhantomData;
use core::panic::Location;

use crate::limits::Exemptible;

pub struct Site;

impl Site {
    pub const fn new<F: Copy>(_: &'static Location<'static>, _: fn(Message), _: F, _: &Origin) -> Self {
        Self
    }

    #[must_use]
    pub const fn named(self, _: &'static str) -> Self {
        self
    }

    #[must_use]
    pub const fn block(self) -> Self {
        self
    }

    #[must_use]
    pub const fn on_overage(self, _: OnOverage) -> Self {
        self
    }

    #[must_use]
    pub const fn recording(self) -> Self {
        self
    }
}

pub struct Origin {
    pub module: &'static str,
    pub package: &'static str,
    pub is_primary: bool,
    pub is_test: bool,
    pub is_debug: bool,
}

pub enum OnOverage {
    Panic,
    Warn,
    Count,
    Abort,
}

/// Stands for a question.
pub struct Call;

impl Call {
    #[must_use]
    pub fn answer(self, _: fn() -> &'static str, _: &str, _: &str, _: bool, _: bool, _: bool) -> Site {
        Site
    }
}

#[must_use]
pub struct Guard;

pub struct Enter;

impl Enter {
    #[inline(always)]
    pub fn limited<const LIMITED: u8>(_: fn(Call) -> Site, _: Limits) -> Guard {
        Guard
    }
}

macro_rules! with_one_limit {
    ($($limit:ident)*) => {impl Enter {$(
        #[inline(always)]
        pub fn $limit(_: fn(Call) -> Site, _: u64) -> Guard {
            Guard
        }
    )*}};
}

with_one_limit! {
    max max_bytes max_peak_bytes max_retained_bytes max_reallocs max_deallocs max_block_bytes max_surviving_bytes
}

#[must_use]
pub struct Entry;

impl Entry {
    pub fn new(_: &'static Site, _: Limits, _: impl Exemptible) -> Self {
        Self
    }

    pub const fn warm(self, _: u64) -> Self {
        self
    }

    pub const fn all_threads(self) -> Self {
        self
    }
}

pub struct SiteGuard<const LIMITED: u8, E>(PhantomData<E>);

impl<const LIMITED: u8, E> SiteGuard<LIMITED, E> {
    #[inline(always)]
    #[must_use]
    pub fn enter(_: E) -> Self {
        Self(PhantomData)
    }
}

#[must_use]
pub struct Primed;

impl Primed {
    pub fn by(_: &'static Site, _: impl FnOnce()) -> Self {
        Self
    }

    pub fn entry(self, _: Limits, _: impl Exemptible) -> Entry {
        Entry
    }
}

pub fn done<T>(_: T) {}

#[inline(always)]
pub fn call<const LIMITED: u8, T>(_: Entry, body: impl FnOnce() -> T, _: impl FnOnce(&T) -> bool) -> T {
    body()
}

#[inline(always)]
pub fn future<const LIMITED: u8, F: Future>(_: Entry, future: F, _: impl FnOnce(&F::Output) -> bool) -> F {
    future
}

/// Has no scope that could be interrupted.
pub struct PausingGuard<const LIMITED: u8, E>(PhantomData<E>);

impl<const LIMITED: u8, E> PausingGuard<LIMITED, E> {
    #[must_use]
    pub fn enter(_: E) -> Self {
        Self(PhantomData)
    }

    pub fn future<F: Future>(self, future: F, _: impl FnOnce(&F::Output) -> bool) -> F {
        future
    }
}

pub trait Pausing: IntoFuture + Sized {
    fn __alloc_budget_pausing<const LIMITED: u8, E>(self, _: &PausingGuard<LIMITED, E>) -> Self::IntoFuture {
        self.into_future()
    }
}

impl<F: IntoFuture> Pausing for F {}

/// Stands for a message.
pub struct Message;

pub fn raise(_: Message) {}
