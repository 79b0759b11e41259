//! The door for expanded code where nothing can be counted: the same names, and no deeds.

pub use crate::limits::{Limits, absent, amount, here, literal};

use core::future::{Future, IntoFuture};
use core::panic::Location;

pub struct Site;

impl Site {
    pub const fn new<F: Copy>(_: &'static Location<'static>, _: fn(Message), _: F, _: &'static str) -> Self {
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
    pub const fn built(self, _: bool, _: bool) -> Self {
        self
    }

    #[must_use]
    pub const fn recording(self) -> Self {
        self
    }
}

pub enum OnOverage {
    Panic,
    Warn,
    Abort,
}

/// Stands for a question.
pub struct Call;

impl Call {
    #[must_use]
    pub fn answer(self, _: &'static str, _: bool, _: bool) -> Site {
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

pub struct WarmGuard<const LIMITED: u8>;

impl<const LIMITED: u8> WarmGuard<LIMITED> {
    #[inline(always)]
    #[must_use]
    pub fn enter(_: &'static Site, _: Limits) -> Self {
        Self
    }

    #[inline(always)]
    #[must_use]
    pub fn enter_warm(_: &'static Site, _: Limits, _: u64) -> Self {
        Self
    }
}

pub use WarmGuard as AllThreadsGuard;

pub struct Meter;

impl Meter {
    #[inline(always)]
    #[must_use]
    pub fn enter(_: &'static Site) -> Self {
        Self
    }
}

#[inline(always)]
pub fn future<const LIMITED: u8, F: Future>(_: &'static Site, _: Limits, future: F) -> F {
    future
}

#[inline(always)]
pub fn future_warm<const LIMITED: u8, F: Future>(_: &'static Site, _: Limits, _: u64, future: F) -> F {
    future
}

/// Has no scope that could be interrupted.
pub struct PacedGuard<const LIMITED: u8>;

impl<const LIMITED: u8> PacedGuard<LIMITED> {
    #[must_use]
    pub fn enter(_: &'static Site, _: Limits) -> Self {
        Self
    }

    #[must_use]
    pub fn enter_warm(_: &'static Site, _: Limits, _: u64) -> Self {
        Self
    }

    #[must_use]
    pub fn enter_all_threads(_: &'static Site, _: Limits) -> Self {
        Self
    }

    #[must_use]
    pub fn enter_all_threads_warm(_: &'static Site, _: Limits, _: u64) -> Self {
        Self
    }
}

pub trait Pace: IntoFuture + Sized {
    fn __alloc_budget_pace<const LIMITED: u8>(self, _: &PacedGuard<LIMITED>) -> Self::IntoFuture {
        self.into_future()
    }
}

impl<F: IntoFuture> Pace for F {}

pub use future as future_all_threads;
pub use future_warm as future_all_threads_warm;

/// Stands for a message.
pub struct Message;

pub fn raise(_: Message) {}
