//! Whether a scope of all threads is open: one number of the process, which every allocation reads.

use std::sync::atomic::{AtomicIsize, Ordering};

/// Minus the number of open scopes. Read by the allocation path, written when a scope is entered or
/// left.
static OPEN: AtomicIsize = AtomicIsize::new(0);

/// Below zero while a scope is open.
pub(crate) fn tripwire() -> i64 {
    OPEN.load(Ordering::Relaxed) as i64
}

/// Below zero where `signs` is, and while a scope is open.
#[inline(always)]
pub(crate) fn or_tripwire(signs: i64) -> i64 {
    #[cfg(all(target_arch = "x86_64", target_pointer_width = "64", not(miri)))]
    {
        let or;
        // One instruction for every event. Of `load`, an unoptimised build makes two calls and a
        // jump table, and an optimised one an instruction more. SAFETY: reads an aligned number
        // that lives forever; as an operand of its own it is an atomic load.
        unsafe {
            std::arch::asm!(
                "or {signs}, [{place}]",
                signs = inlateout(reg) signs => or,
                place = in(reg) &raw const OPEN,
                options(nostack, pure, readonly)
            );
        }
        or
    }
    #[cfg(not(all(target_arch = "x86_64", target_pointer_width = "64", not(miri))))]
    {
        signs | tripwire()
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
