//! The calls of a function that are not judged: the first ones on each thread.

use std::ptr;

use crate::scope::at_exit;
use crate::scope::thread::{self, Thread};
use crate::site::function::Site;

impl Site {
    /// Whether this call, the function's next on this thread, comes after the first `warmup` ones.
    pub(super) fn is_warm(&'static self, warmup: u64) -> bool {
        let this = ptr::from_ref(self).cast();
        let count = thread::with(|Thread { calls, .. }| {
            if let Some((_, count)) = calls.as_mut_slice().iter_mut().find(|(site, _)| *site == this) {
                *count = count.saturating_add(1);
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
}
