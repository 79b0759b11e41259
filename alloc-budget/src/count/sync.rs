//! What threads meet at. The model of the threads (`tests/fixtures/meeting`) has the same names
//! from loom.

pub(crate) use std::sync::atomic::{AtomicBool, AtomicPtr, Ordering};
#[cfg(target_has_atomic = "64")]
pub(crate) use std::sync::atomic::{AtomicI64, AtomicU64};
pub(crate) use std::sync::{Mutex, MutexGuard};

#[cfg(not(target_has_atomic = "64"))]
pub(crate) use crate::count::wide::{AtomicI64, AtomicU64};

/// Makes constructors constant, which loom's are not.
macro_rules! constant {
    ($visibility:vis fn $($rest:tt)*) => { $visibility const fn $($rest)* };
}
pub(crate) use constant;
