//! The door for expanded code where nothing can be counted: the same names, and no deeds.

pub use crate::limits::{Limits, amount, here, literal, never};

use core::future::{Future, IntoFuture};
use core::panic::Location;

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
    pub fn answer(self, _: &Origin) -> Site {
        Site
    }
}

pub struct Guard<const LIMITED: u8, F>(F);

impl<const LIMITED: u8, F: Fn(Call) -> Site> Guard<LIMITED, F> {
    #[inline(always)]
    #[must_use]
    pub fn enter(function: F, _: Limits) -> Self {
        Self(function)
    }
}

#[must_use]
pub struct Entry;

impl Entry {
    pub const fn new(_: &'static Site, _: Limits) -> Self {
        Self
    }

    pub const fn warm(self, _: u64) -> Self {
        self
    }

    pub const fn all_threads(self) -> Self {
        self
    }
}

pub struct SiteGuard<const LIMITED: u8>;

impl<const LIMITED: u8> SiteGuard<LIMITED> {
    #[inline(always)]
    #[must_use]
    pub fn enter(_: Entry) -> Self {
        Self
    }
}

#[inline(always)]
pub fn future<const LIMITED: u8, F: Future>(_: Entry, future: F) -> F {
    future
}

/// Has no scope that could be interrupted.
pub struct PausingGuard<const LIMITED: u8>;

impl<const LIMITED: u8> PausingGuard<LIMITED> {
    #[must_use]
    pub fn enter(_: Entry) -> Self {
        Self
    }
}

pub trait Pausing: IntoFuture + Sized {
    fn __alloc_budget_pausing<const LIMITED: u8>(self, _: &PausingGuard<LIMITED>) -> Self::IntoFuture {
        self.into_future()
    }
}

impl<F: IntoFuture> Pausing for F {}

/// Stands for a message.
pub struct Message;

pub fn raise(_: Message) {}
