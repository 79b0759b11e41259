//! Whether a scope of all threads is open: one number of the process, which every allocation reads.

use std::sync::atomic::{AtomicIsize, Ordering};

/// Minus the number of open scopes. Read by the allocation path, written when a scope is entered or
/// left.
static OPEN: AtomicIsize = AtomicIsize::new(0);

/// Below zero while a scope is open.
#[inline(always)]
pub(crate) fn tripwire() -> i64 {
    #[cfg(all(target_arch = "x86_64", target_pointer_width = "64", not(miri)))]
    {
        let tripwire;
        // One instruction for every event. Of `load`, an unoptimised build makes two calls and a
        // jump table. SAFETY: reads an aligned number that lives forever; as an operand of its own
        // it is an atomic load.
        unsafe {
            std::arch::asm!(
                "mov {tripwire}, [{place}]",
                tripwire = lateout(reg) tripwire,
                place = in(reg) &raw const OPEN,
                options(nostack, pure, readonly, preserves_flags)
            );
        }
        tripwire
    }
    #[cfg(not(all(target_arch = "x86_64", target_pointer_width = "64", not(miri))))]
    {
        OPEN.load(Ordering::Relaxed) as i64
    }
}

/// One more scope of all threads is open.
pub(crate) fn enter() {
    OPEN.fetch_sub(1, Ordering::SeqCst);
}

/// One of them has ended.
pub(crate) fn leave() {
    OPEN.fetch_add(1, Ordering::SeqCst);
}
