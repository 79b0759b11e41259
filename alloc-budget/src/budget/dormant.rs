//! Budgets that only the feature `enforce` has put into an optimised program: do they do anything?

use std::sync::atomic::{AtomicBool, Ordering};

use crate::budget::{environment, program};
use crate::scope::mode;

/// Whether `enforce` was called.
static IS_AWAKE: AtomicBool = AtomicBool::new(false);

/// Has this process enforce the budgets that only the feature `enforce` has put into it. Called
/// first in `main`.
///
/// A feature that one package of a workspace asks for is on in the others too, where cargo builds
/// them together: `cargo build --release --workspace` may put budgets into a program that people
/// use. So the budgets of crates that are compiled without debug assertions, and not for their own
/// tests, do something in an optimised program only where somebody asks for them:
///
/// - in tests and benches that cargo builds, and in examples of the documentation;
/// - where `ALLOC_BUDGET` is set in the environment, and not to `off`;
/// - in a program that calls this.
///
/// ```no_run
/// // In `main`:
/// alloc_budget::enforce();
/// ```
#[cfg(feature = "enforce")]
pub fn enforce() {
    IS_AWAKE.store(true, Ordering::Relaxed);
}

/// Whether the process begins without them.
pub(super) fn is_asleep() -> bool {
    let are_there = cfg!(all(feature = "enforce", not(debug_assertions)));
    are_there && !is_awake() && !environment::is_asked_for() && !program::is_test()
}

/// Whether they do nothing.
pub(crate) fn are_dormant() -> bool {
    mode::is_dormant() && !is_awake()
}

fn is_awake() -> bool {
    IS_AWAKE.load(Ordering::Relaxed)
}
