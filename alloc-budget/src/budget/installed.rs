//! Is a counting allocator installed? And what is said where it should be and is not.

use std::hint::black_box;

use crate::scope::exempt::Exempt;
use crate::scope::serving;
use crate::scope::thread::counters;

/// Whether the program's global allocator is a [`CountingAllocator`](crate::CountingAllocator), so
/// that budgets can be checked.
///
/// It allocates a block, and looks whether that was counted.
///
/// ```
/// assert!(alloc_budget::is_installed());
/// ```
pub fn is_installed() -> bool {
    // Where the allocator asks, while it serves a call, nothing would be counted.
    let _is_aside = serving::set_aside();
    let _exempt = Exempt::enter();
    let before = counters().allocations;
    let _block = black_box(Box::new(0_usize));
    counters().allocations != before
}

/// What is wrong where nothing counts.
pub(crate) fn unchecked(what: &str) -> String {
    format!("{what} cannot be checked: nothing counts allocations in this program")
}

/// The message for a budget that must be checked and cannot.
pub(crate) fn not_installed(what: &str) -> String {
    format!(
        "{}

help: let alloc-budget count in tests, with these lines in Cargo.toml

    [dev-dependencies]
    alloc-budget = {{ version = \"{}.{}\", features = [\"install\"] }}

help: or, where the program has a global allocator of its own, wrap it in `alloc_budget::CountingAllocator`",
        unchecked(what),
        env!("CARGO_PKG_VERSION_MAJOR"),
        env!("CARGO_PKG_VERSION_MINOR"),
    )
}

/// Panics at the caller, for want of a counting allocator.
#[cold]
#[track_caller]
pub(crate) fn refuse(what: &str) -> ! {
    panic!("{}", not_installed(what))
}
