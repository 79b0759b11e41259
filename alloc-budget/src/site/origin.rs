//! Where an annotated function comes from: the crate, and how that was compiled.

use crate::budget::{environment, program};

/// The crate of an annotated function, as its expansion knows it.
#[derive(Clone, Copy)]
pub struct Origin {
    pub module: &'static str,
    /// As cargo calls it; empty where something else builds.
    pub package: &'static str,
    /// Whether the user is building it, and not only for the sake of another crate.
    pub is_primary: bool,
    /// `cfg!(test)`
    pub is_test: bool,
    /// `cfg!(debug_assertions)`
    pub is_debug: bool,
}

impl Origin {
    /// Whether the process is one in which the crate's budgets have to be checked: its own tests,
    /// integration tests and examples in the documentation included.
    pub(super) fn is_tested_here(&self) -> bool {
        self.is_test || program::is_test() && program::is_of(self.package)
    }

    /// Whether somebody wants to hear of it here that a budget is not checked.
    pub(super) fn is_asked_for_here(&self) -> bool {
        environment::is_asked_for() || self.is_primary && program::is_test()
    }

    /// Whether only the feature `enforce` has put the budgets into the program.
    pub(super) fn is_enforced_by_feature_only(&self) -> bool {
        !self.is_test && !self.is_debug
    }
}
