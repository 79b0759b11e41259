//! What is known of a budget where it is called.

use std::panic::Location;
use std::ptr;

/// What is known of a budget where it is called.
#[derive(Clone, Copy)]
pub(crate) struct Described {
    pub(crate) kind: Kind,
    pub(crate) location: &'static Location<'static>,
    /// What tells it from others at the same place: a function's path as the compiler spells it, or
    /// a label.
    pub(crate) key: &'static str,
    pub(crate) label: Option<&'static str>,
    /// That of the function; empty where it is not known.
    pub(crate) module: &'static str,
    pub(crate) measures: bool,
    pub(crate) is_of_all_threads: bool,
    pub(crate) on_overage: &'static str,
}

/// What has the budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The attribute.
    Function,
    /// `budget!`
    Block,
    /// A `Budget`, of which the source has no attribute.
    Value,
}

impl Described {
    /// By which it is found again quickly. One budget may have several, in several crates.
    #[inline(always)]
    pub(super) fn address(&self) -> (usize, usize) {
        (ptr::from_ref(self.location).addr(), self.key.as_ptr().addr())
    }

    pub(super) fn is(&self, other: &Self) -> bool {
        (self.location, self.key, self.label, self.kind)
            == (other.location, other.key, other.label, other.kind)
    }
}
