//! A survey is long work: who stops it gets what there is.

use std::sync::atomic::{AtomicBool, Ordering};

static IS_STOPPED: AtomicBool = AtomicBool::new(false);

/// From now on Ctrl-C ends what runs in the terminal, and this program says what it knows. A second
/// one ends it at once.
pub fn listen() {
    const INTERRUPTED: i32 = 130;
    // Where that can't be done, Ctrl-C ends the program.
    let _ = ctrlc::set_handler(|| {
        if IS_STOPPED.swap(true, Ordering::Relaxed) {
            std::process::exit(INTERRUPTED);
        }
    });
}

pub fn is_stopped() -> bool {
    IS_STOPPED.load(Ordering::Relaxed)
}
