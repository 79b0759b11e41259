//! Panics that count nowhere, and values whose blocks the user will free in the open.

use std::panic;
use std::sync::OnceLock;

use crate::count::counters::{Counters, signed};
use crate::scope::exempt::Exempt;
use crate::scope::open::OpenScope;
use crate::scope::thread::{self, Thread, counters};
use crate::threads::all_threads;

/// Makes a value for the user, uncounted, and takes back in advance that the user will free its
/// blocks in the open: the books balance when the last of them is gone.
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

impl Debt {
    fn since(before: &Counters) -> Self {
        let since = counters().less(before);
        Self { blocks: since.allocations - since.deallocations, bytes: since.live }
    }

    fn take_back(self) {
        let taken_back = Counters { deallocations: -self.blocks, live: self.bytes, ..Counters::ZERO };
        thread::with(|Thread { tally, scopes, .. }| {
            tally.add(&taken_back);
            // It may take them past a limit, without an event.
            scopes.counting().iter_mut().for_each(OpenScope::set_slow_exit);
        });
        all_threads::add(&taken_back);
    }
}

/// Held while a panic with a message is raised: neither the panic hook nor the panic itself counts.
/// It ends where the panic unwinds out of the frame that holds it. Whoever catches the panic frees
/// its blocks in the open.
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
        let debt = Debt { blocks: text + 1 + blocks, bytes: signed(sizes) + bytes };
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
    __rust_begin_short_backtrace(message)
}

/// The panic of an overage, at the caller.
///
/// Of a short backtrace (`RUST_BACKTRACE=1`), std leaves out what is between a function of this
/// name and one with `__rust_end_short_backtrace` in its name, as it does at both ends of the
/// stack. Those are the functions of some modules, through which every overage comes: the user's
/// frame is shown first.
#[cold]
#[inline(never)]
#[track_caller]
pub(crate) fn __rust_begin_short_backtrace(message: String) -> ! {
    panic::panic_any(message)
}

/// What the unwinder allocates for a panic beside its payload, measured on a panic without one that
/// nobody sees.
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
