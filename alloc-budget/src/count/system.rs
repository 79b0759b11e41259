//! Single values outside the global allocator, for what the crate must remember while it is being
//! asked for memory itself.

use std::alloc::{GlobalAlloc, Layout, System};

/// Moves a value to memory of [`System`], where it stays until somebody frees it with [`free`].
/// `None` where the system has no memory left.
pub(crate) fn keep<T>(value: T) -> Option<&'static mut T> {
    const { assert!(size_of::<T>() > 0) };
    // SAFETY: the layout has a size that is not zero.
    let place: *mut T = unsafe { System.alloc(Layout::new::<T>()) }.cast();
    if place.is_null() {
        return None;
    }
    // SAFETY: fresh memory of the right layout, which nobody else knows.
    unsafe {
        place.write(value);
        Some(&mut *place)
    }
}

/// Frees the memory of a value, without dropping it.
///
/// # Safety
/// It is that of a value from [`keep`], and nobody uses it any more.
pub(crate) unsafe fn free<T>(value: *mut T) {
    // SAFETY: the memory came from `System` with this layout; that it is not used, the caller
    // promises.
    unsafe { System.dealloc(value.cast(), Layout::new::<T>()) };
}
