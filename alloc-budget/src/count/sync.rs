//! What threads meet at. The model of the threads (`tests/fixtures/meeting`) has the same names
//! from loom.

pub(crate) use std::sync::atomic::{AtomicBool, AtomicI64, AtomicPtr, Ordering};
pub(crate) use std::sync::{Mutex, MutexGuard};

/// Makes constructors constant, which loom's are not.
macro_rules! constant {
    ($visibility:vis fn $($rest:tt)*) => { $visibility const fn $($rest)* };
}
pub(crate) use constant;
