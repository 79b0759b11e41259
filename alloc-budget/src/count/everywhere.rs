//! Whether a scope of all threads is open: one number of the process, which every allocation reads.

use std::sync::atomic::{AtomicI64, Ordering};

/// Minus the number of open scopes. Read by the allocation path, written when a scope is entered or
/// left.
static OPEN: AtomicI64 = AtomicI64::new(0);

/// Below zero while a scope is open.
#[inline(always)]
pub(crate) fn tripwire() -> i64 {
    #[cfg(all(debug_assertions, target_arch = "x86_64", target_pointer_width = "64", not(miri)))]
    {
        let open;
        // What `load` compiles to. An unoptimised build makes two calls and a jump table of it, for
        // every event. SAFETY: reads an aligned number that lives forever; as an instruction of its
        // own it is an atomic load.
        unsafe {
            std::arch::asm!(
                "mov {open}, [{place}]",
                open = lateout(reg) open,
                place = in(reg) &raw const OPEN,
                options(nostack, preserves_flags, readonly)
            );
        }
        open
    }
    #[cfg(not(all(debug_assertions, target_arch = "x86_64", target_pointer_width = "64", not(miri))))]
    OPEN.load(Ordering::Relaxed)
}

/// One more scope of all threads is open.
pub(crate) fn enter() {
    OPEN.fetch_sub(1, Ordering::SeqCst);
}

/// One of them has ended.
pub(crate) fn leave() {
    OPEN.fetch_add(1, Ordering::SeqCst);
}
