//! Whether the process is the child of one that has recorded.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

/// How often the process was forked off since the first recording began.
static GENERATION: AtomicU32 = AtomicU32::new(0);

#[inline(always)]
pub(super) fn generation() -> u32 {
    GENERATION.load(Ordering::Relaxed)
}

/// What the parent has begun is left alone from here on: locks may be another thread's, which is
/// not here to give them back.
pub(super) extern "C" fn begin_child() {
    GENERATION.fetch_add(1, Ordering::Relaxed);
}

/// Has children that are forked off begin anew.
pub(super) fn watch() {
    static IS_WATCHED: AtomicBool = AtomicBool::new(false);
    // Who comes second does not wait: it may be in a child, and the first not. Meanwhile, as
    // without memory for it, a child is found out by its process's number.
    if IS_WATCHED.swap(true, Ordering::Relaxed) {
        return;
    }
    #[cfg(unix)]
    {
        type Handler = Option<extern "C" fn()>;
        // Of the C library, which std depends on.
        unsafe extern "C" {
            safe fn pthread_atfork(prepare: Handler, parent: Handler, child: Handler) -> std::ffi::c_int;
        }
        let _ = pthread_atfork(None, None, Some(begin_child));
    }
}
