//! Stretches of time that count for no scope that is open at their start.

use std::fmt;
use std::mem::ManuallyDrop;
use std::ops::Deref;
use std::panic;
use std::sync::OnceLock;

use crate::all_threads;
use crate::scope::{self, Floor, Open};
use crate::tally::{Counters, Tally};
use crate::thread::{self, Thread};

/// Runs `f`; what it allocates and frees counts for no scope that is open on this thread now.
///
/// For what a hot function does that is not its business: logging, lazily filled caches, assertions. A scope
/// that is opened inside measures and enforces as usual.
///
/// A block that was allocated inside and is freed later, outside, counts there as freed: the open scope's
/// retained bytes go down by its size.
///
/// ```
/// use alloc_budget::{exempt, measure};
///
/// let (_, m) = measure(|| exempt(|| format!("{}", 42)));
/// assert_eq!(m.allocations, 0);
/// ```
pub fn exempt<T>(f: impl FnOnce() -> T) -> T {
    let _exempt = Exempt::enter();
    f()
}

/// While it is there, nothing counts and nothing is worth a closer look. The crate's own bookkeeping is done under it.
pub(crate) struct Exempt {
    before: Tally,
    floor: Floor,
    was_paused: bool,
}

impl Exempt {
    pub(crate) fn enter() -> Self {
        // SAFETY: plain accesses to what belongs to this thread, see `thread::current`.
        let Thread { tally, scopes, part, .. } = unsafe { &mut *thread::current() };
        let before = *tally;
        tally.lift();
        let was_paused = std::mem::replace(&mut part.is_paused, true);
        Self { before, floor: scopes.raise_floor(), was_paused }
    }

    /// So many of the open scopes were exempt before.
    pub(crate) fn floor(&self) -> usize {
        self.floor.outer()
    }
}

impl Drop for Exempt {
    fn drop(&mut self) {
        scope::lower_floor(&self.floor);
        // SAFETY: plain writes to what belongs to this thread, see `thread::current`.
        let Thread { tally, part, .. } = unsafe { &mut *thread::current() };
        *tally = self.before;
        part.is_paused = self.was_paused;
    }
}

/// While it is there, what happens is something that the thread does, but counts for none of the scopes that are open on
/// it.
pub(crate) struct Aside {
    before: Tally,
    floor: Floor,
}

impl Aside {
    pub(crate) fn enter() -> Self {
        // SAFETY: plain accesses to what belongs to this thread, see `thread::current`.
        let Thread { tally, scopes, .. } = unsafe { &mut *thread::current() };
        let before = *tally;
        tally.lift();
        Self { before, floor: scopes.raise_floor() }
    }
}

impl Drop for Aside {
    fn drop(&mut self) {
        scope::lower_floor(&self.floor);
        // SAFETY: a plain write to what belongs to this thread, see `thread::current`.
        unsafe { (*thread::current()).tally.back_to(&self.before) };
    }
}

/// A value that the crate gives to the user, and whose blocks count neither when it is made and cloned nor when it
/// is dropped.
pub(crate) struct Uncounted<T>(ManuallyDrop<Box<T>>);

impl<T> Uncounted<T> {
    pub(crate) fn new(value: T) -> Self {
        let _exempt = Exempt::enter();
        Self(ManuallyDrop::new(Box::new(value)))
    }
}

impl<T> Deref for Uncounted<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: Clone> Clone for Uncounted<T> {
    fn clone(&self) -> Self {
        let _exempt = Exempt::enter();
        Self(self.0.clone())
    }
}

impl<T: fmt::Debug> fmt::Debug for Uncounted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        T::fmt(self, f)
    }
}

impl<T> Drop for Uncounted<T> {
    fn drop(&mut self) {
        let _exempt = Exempt::enter();
        // SAFETY: the value is not used again.
        unsafe { ManuallyDrop::drop(&mut self.0) };
    }
}

/// Makes a value for the user, uncounted, and takes back in advance that the user will free its blocks in the
/// open: the books balance when the last of them is gone.
pub(crate) fn for_user<T>(make: impl FnOnce() -> T) -> T {
    let exempt = Exempt::enter();
    let before = counters();
    let value = make();
    let debt = Debt::since(&before);
    drop(exempt);
    debt.take_back();
    value
}

/// Blocks that are live although their allocation does not count.
#[derive(Clone, Copy)]
struct Debt {
    blocks: i64,
    bytes: i64,
}

/// What has happened on this thread, up to a constant.
pub(crate) fn counters() -> Counters {
    // SAFETY: a plain access to what belongs to this thread, see `thread::current`.
    unsafe { (*thread::current()).tally.counters() }
}

impl Debt {
    fn since(before: &Counters) -> Self {
        let since = counters().less(before);
        Self { blocks: since.allocations - since.deallocations, bytes: since.live }
    }

    fn take_back(self) {
        let taken_back = Counters { deallocations: -self.blocks, live: self.bytes, ..Counters::ZERO };
        // SAFETY: plain accesses to what belongs to this thread, see `thread::current`.
        let Thread { tally, scopes, .. } = unsafe { &mut *thread::current() };
        tally.add(&taken_back);
        // It may take them past a limit, without an event.
        scopes.counting().iter_mut().for_each(Open::set_eventful);
        all_threads::add(&taken_back);
    }
}

/// Held while a panic with a message is raised: neither the panic hook nor the panic itself counts. It ends where
/// the panic unwinds out of the frame that holds it. Whoever catches the panic frees its blocks in the open.
pub(crate) struct Raising {
    /// Dropped after the debt is known, before it is taken back.
    exempt: Option<Exempt>,
    debt: Debt,
}

impl Raising {
    pub(crate) fn new(message: &String) -> Self {
        let exempt = Some(Exempt::enter());
        let text = i64::from(message.capacity() > 0);
        let Debt { blocks, bytes } = exception();
        let sizes = message.capacity() + size_of::<String>();
        let debt = Debt { blocks: text + 1 + blocks, bytes: sizes.cast_signed() as i64 + bytes };
        Self { exempt, debt }
    }
}

impl Drop for Raising {
    fn drop(&mut self) {
        self.exempt = None;
        self.debt.take_back();
    }
}

/// Panics at the caller, uncounted.
#[track_caller]
pub(crate) fn raise(message: String) -> ! {
    let _raising = Raising::new(&message);
    panic::panic_any(message)
}

/// What the unwinder allocates for a panic beside its payload, measured on a panic without one that nobody sees.
fn exception() -> Debt {
    static EXCEPTION: OnceLock<Debt> = OnceLock::new();
    if cfg!(panic = "abort") {
        return Debt { blocks: 0, bytes: 0 };
    }
    *EXCEPTION.get_or_init(|| {
        /// Looks when the panic unwinds past it.
        struct Witness<'a>(Counters, &'a mut Debt);
        impl Drop for Witness<'_> {
            fn drop(&mut self) {
                *self.1 = Debt::since(&self.0);
            }
        }
        let mut debt = Debt { blocks: 0, bytes: 0 };
        let _ = panic::catch_unwind(panic::AssertUnwindSafe(|| {
            let _witness = Witness(counters(), &mut debt);
            panic::resume_unwind(Box::new(()));
        }));
        debt
    })
}
