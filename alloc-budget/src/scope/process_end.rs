//! The end of the process, for those who have something to do then.

/// Has a function called when the process ends in order. False where that can't be had. The
/// function that came last is called first.
pub(crate) fn at_end(function: extern "C" fn()) -> bool {
    system::at_end(function)
}

#[cfg(any(unix, windows, target_os = "wasi"))]
mod system {
    use std::ffi::c_int;

    // Of the C library, which std depends on.
    unsafe extern "C" {
        safe fn atexit(function: extern "C" fn()) -> c_int;
    }

    pub(super) fn at_end(function: extern "C" fn()) -> bool {
        atexit(function) == 0
    }
}

#[cfg(not(any(unix, windows, target_os = "wasi")))]
mod system {
    pub(super) fn at_end(_: extern "C" fn()) -> bool {
        false
    }
}
