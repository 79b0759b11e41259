//! The record of one annotated function: its name, its place, and how to panic there.

use std::any::type_name;
use std::panic::Location;
use std::ptr;
use std::sync::atomic::AtomicPtr;

use crate::budget::environment::OnOverage;
use crate::budget::raise::__rust_begin_short_backtrace;
use crate::budget::subject::Subject;
use crate::record::{Described, Kind, names};
use crate::scope::mode;
use crate::site::origin::Origin;
use crate::site::recorder::Recorder;
use crate::trace::origin::Function;

/// What is known of an annotated function at compile time.
pub struct Site {
    /// The path of an item inside the function, as the compiler spells it.
    path: fn() -> &'static str,
    pub(super) origin: &'static Origin,
    name: Option<&'static str>,
    is_block: bool,
    pub(super) location: &'static Location<'static>,
    /// Panics with a message. Written by the expansion, so that the panic's location is the
    /// function's.
    pub(super) raise: fn(String),
    pub(super) on_overage: OnOverage,
    pub(super) recorder: Option<Recorder>,
    /// The function that had first returned before this one, of those that have a recorder.
    pub(super) next: AtomicPtr<Self>,
}

/// What is asked of the closure that stands for an annotated function. The expansion writes it,
/// with the function's span.
pub enum Call {
    Describe,
    Raise(String),
}

impl Call {
    /// Describes the function at the caller's place, or panics there.
    #[cold]
    #[inline(never)]
    #[track_caller]
    #[must_use]
    pub fn answer(self, origin: &'static Origin) -> Site {
        match self {
            Self::Raise(message) => __rust_begin_short_backtrace(message),
            Self::Describe => Site::new(Location::caller(), |_| (), || (), origin),
        }
    }
}

impl Site {
    /// `_inside` is a closure in the function, for its path.
    pub const fn new<F: Copy>(
        location: &'static Location<'static>,
        raise: fn(String),
        _inside: F,
        origin: &'static Origin,
    ) -> Self {
        Self {
            path: type_name::<F>,
            origin,
            name: None,
            is_block: false,
            location,
            raise,
            on_overage: OnOverage::Panic,
            recorder: None,
            next: AtomicPtr::new(ptr::null_mut()),
        }
    }

    /// Of a function that has no static record.
    #[cold]
    pub(super) fn of<F: Fn(Call) -> Self + Copy>(function: F) -> Self {
        let mut site = function(Call::Describe);
        site.path = type_name::<F>;
        site.raise = |message| {
            const { assert!(size_of::<F>() == 0, "a closure that captures nothing") };
            // SAFETY: its one value has no bytes, and there is one: a copy of it has been given.
            let function: F = unsafe { std::mem::transmute_copy(&()) };
            function(Call::Raise(message));
        };
        site
    }

    #[must_use]
    pub const fn named(mut self, name: &'static str) -> Self {
        self.name = Some(name);
        self
    }

    /// Of `budget!`.
    #[must_use]
    pub const fn block(mut self) -> Self {
        self.is_block = true;
        self
    }

    #[must_use]
    pub const fn on_overage(mut self, on_overage: OnOverage) -> Self {
        self.on_overage = on_overage;
        self
    }

    #[must_use]
    pub const fn recording(mut self) -> Self {
        self.recorder = Some(Recorder::new());
        self
    }
}

impl Subject for Site {
    fn location(&self) -> &'static Location<'static> {
        self.location
    }

    fn key(&self) -> &'static str {
        (self.path)()
    }

    /// The label, or the function's path without the crate.
    fn name(&self) -> String {
        self.name.map_or_else(|| self.own_function().path, str::to_owned)
    }

    fn function(&self) -> Option<Function<'static>> {
        Some(self.own_function())
    }

    fn described(&self) -> Described {
        Described {
            kind: if self.is_block { Kind::Block } else { Kind::Function },
            location: self.location,
            key: self.key(),
            label: self.name,
            module: self.origin.module,
            measures: self.only_measures(),
            is_of_all_threads: false,
            on_overage: self.on_overage.name(),
        }
    }

    fn is_recorded(&self) -> bool {
        mode::is_recorded() && self.is_looked_at()
    }
}

impl Site {
    fn own_function(&self) -> Function<'static> {
        let module = self.origin.module;
        let krate = module.split("::").next().unwrap_or(module);
        Function { krate, path: names::function((self.path)(), krate) }
    }
}

/// Panics at the caller.
#[cold]
#[inline(never)]
#[track_caller]
pub fn raise(message: String) {
    __rust_begin_short_backtrace(message);
}
