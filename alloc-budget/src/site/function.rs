//! What is known of one annotated function: its name, its place, and how to panic there.

use std::any::type_name;
use std::panic::Location;
use std::ptr;
use std::sync::Once;
use std::sync::atomic::{AtomicPtr, Ordering};

use crate::budget::installed;
use crate::budget::overage::Overage;
use crate::budget::raise::Raising;
use crate::budget::settings::{self, OnOverage};
use crate::count::measurement::Measurement;
use crate::scope::at_exit;
use crate::scope::exempt::{bookkeeping, exempt};
use crate::scope::leave::Closed;
use crate::scope::mode::State;
use crate::scope::thread::{self, Thread};
use crate::site::recorder::Recorder;
use crate::trace::names;

/// What is known of an annotated function at compile time.
pub struct Site {
    /// The path of an item inside the function, as the compiler spells it.
    path: fn() -> &'static str,
    module: &'static str,
    name: Option<&'static str>,
    location: &'static Location<'static>,
    /// Panics with a message. Written by the expansion, so that the panic's location is the function's.
    raise: fn(String),
    on_overage: OnOverage,
    is_test: bool,
    is_primary: bool,
    recorder: Option<Recorder>,
    /// The function that had first returned before this one, of those that have a recorder.
    next: AtomicPtr<Self>,
}

/// What is asked of the closure that stands for an annotated function: written by the expansion, with the function's span,
/// and much less work for the compiler than a static record.
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
    pub fn answer(self, module: &'static str, is_test: bool, is_primary: bool) -> Site {
        match self {
            Self::Raise(message) => std::panic::panic_any(message),
            Self::Describe => Site::new(Location::caller(), |_| (), || (), module).built(is_test, is_primary),
        }
    }
}

impl Site {
    /// `_inside` is a closure in the function, for its path.
    pub const fn new<F: Copy>(
        location: &'static Location<'static>,
        raise: fn(String),
        _inside: F,
        module: &'static str,
    ) -> Self {
        Self {
            path: type_name::<F>,
            module,
            name: None,
            location,
            raise,
            on_overage: OnOverage::Panic,
            is_test: false,
            is_primary: false,
            recorder: None,
            next: AtomicPtr::new(ptr::null_mut()),
        }
    }

    /// Of a function that has no static record.
    #[cold]
    pub(crate) fn of<F: Fn(Call) -> Self + Copy>(function: F) -> Self {
        let mut site = function(Call::Describe);
        site.path = type_name::<F>;
        site.raise = |message| {
            const { assert!(size_of::<F>() == 0, "a closure that captures nothing") };
            // SAFETY: its one value has no bytes, and there is one: a copy of it has been given above.
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

    #[must_use]
    pub const fn on_overage(mut self, on_overage: OnOverage) -> Self {
        self.on_overage = on_overage;
        self
    }

    /// For a function in a crate that is compiled for its tests, or that the user is building.
    #[must_use]
    pub const fn built(mut self, is_test: bool, is_primary: bool) -> Self {
        self.is_test = is_test;
        self.is_primary = is_primary;
        self
    }

    #[must_use]
    pub const fn recording(mut self) -> Self {
        self.recorder = Some(Recorder::new());
        self
    }

    pub(crate) fn location(&self) -> &'static Location<'static> {
        self.location
    }

    pub(crate) fn record(&'static self, measurement: &Measurement) {
        if let Some(recorder) = &self.recorder
            && recorder.add(measurement)
        {
            self.link();
        }
    }

    /// Remembers a function that has returned for the first time.
    fn link(&'static self) {
        let this = ptr::from_ref(self).cast_mut();
        let mut newest = NEWEST.load(Ordering::Relaxed);
        loop {
            self.next.store(newest, Ordering::Relaxed);
            match NEWEST.compare_exchange_weak(newest, this, Ordering::AcqRel, Ordering::Relaxed) {
                Ok(_) => return,
                Err(other) => newest = other,
            }
        }
    }

    pub(crate) fn recorder(&self) -> Option<&Recorder> {
        self.recorder.as_ref()
    }

    /// The label, or the function's path without the crate.
    pub(crate) fn name(&self) -> String {
        let own_path = || {
            let inside = names::tidy((self.path)(), Some(self.own_crate()));
            // The innermost segment may be the static that holds this record.
            inside.strip_suffix("::SITE").unwrap_or(&inside).to_owned()
        };
        self.name.map_or_else(own_path, str::to_owned)
    }

    fn own_crate(&self) -> &'static str {
        self.module.split("::").next().unwrap_or(self.module)
    }

    /// Whether this call, the function's next on this thread, comes after the first `warmup` ones.
    pub(crate) fn is_warm(&'static self, warmup: u64) -> bool {
        let this = ptr::from_ref(self).cast();
        let count = thread::with(|Thread { calls, .. }| {
            if let Some((_, count)) = calls.as_mut_slice().iter_mut().find(|(site, _)| *site == this) {
                *count += 1;
                return *count;
            }
            // Where the system has no memory left, each call is the first.
            let _is_remembered = calls.push((this, 1));
            1
        });
        if count == 1 {
            at_exit::register();
        }
        count > warmup
    }

    /// The record of a call and the verdict on it; nothing where it ends by a panic.
    pub(crate) fn finish(&'static self, mut closed: Closed) {
        if std::thread::panicking() {
            closed.captures.free();
            return;
        }
        self.record(&closed.measurement);
        self.judge(closed);
    }

    /// The verdict on a call that passed a limit, if only for a moment.
    #[cold]
    #[inline(never)]
    pub(crate) fn judge(&self, closed: Closed) {
        let Some(mut closed) = closed.overage() else { return };
        if std::thread::panicking() {
            closed.captures.free();
            return;
        }
        let overage = Overage::new(|| self.name(), Some(self.own_crate()), closed, self.location);
        if let Some(message) = overage.and_then(|overage| overage.act(self.on_overage)) {
            self.raise(message);
        }
    }

    fn raise(&self, message: String) {
        let _raising = Raising::new(&message);
        (self.raise)(message);
    }

    /// The scope of a body that awaits was ended by others, or is on another thread.
    #[cold]
    #[inline(never)]
    pub(crate) fn lost(&self) {
        if std::thread::panicking() {
            return;
        }
        self.raise(exempt(|| {
            format!(
                "{} cannot be checked: the block waited where that could not be seen\n\n\
                 help: put a macro that awaits into a block of its own: `async {{ … }}.await`",
                self.budget()
            )
        }));
    }

    /// Whether budgets are looked at. Where they should be and can't, says so.
    pub(crate) fn is_counting(&self) -> bool {
        let state = settings::state();
        if state == State::NotInstalled {
            self.not_installed();
        }
        state.is_counting()
    }

    /// A budget that cannot be checked must not look green.
    #[cold]
    #[inline(never)]
    pub(crate) fn not_installed(&self) {
        static ONCE: Once = Once::new();
        if self.is_test && !std::thread::panicking() {
            if let Some(message) = bookkeeping(|| installed::not_installed(&self.budget())) {
                self.raise(message);
            }
        } else if self.is_primary && !ONCE.is_completed() {
            bookkeeping(|| ONCE.call_once(|| settings::say(&self.notice())));
        }
    }

    fn notice(&self) -> String {
        let problem = installed::unchecked(&self.budget());
        format!("{}: {problem} (see alloc-budget's feature `install`)", self.location)
    }

    fn budget(&self) -> String {
        format!("the allocation budget of `{}`", self.name())
    }
}

/// Panics at the caller.
#[cold]
#[inline(never)]
#[track_caller]
pub fn raise(message: String) {
    std::panic::panic_any(message);
}

/// The function that has first returned last, of those that have a recorder; from it on, each knows the one before it.
static NEWEST: AtomicPtr<Site> = AtomicPtr::new(ptr::null_mut());

/// The functions with a recorder that have returned, the newest first.
pub(super) fn recorded() -> impl Iterator<Item = &'static Site> {
    let at = |site: *const Site| {
        // SAFETY: null, or from `Site::link`, which is given what lives forever.
        unsafe { site.as_ref() }
    };
    std::iter::successors(at(NEWEST.load(Ordering::Acquire)), move |site| {
        at(site.next.load(Ordering::Acquire))
    })
}
