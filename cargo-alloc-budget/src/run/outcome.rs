//! How the tests have ended, as their runner says it.

use std::collections::BTreeSet;

use super::libtest::Results;
use crate::record::fold::{Expectation, Test};
use crate::record::program::Program;

/// How the tests have ended.
#[derive(Debug, Clone, Default)]
pub(crate) struct Outcome {
    /// What the runner ended with: the first that was not 0. `None` where a signal ended it.
    pub(crate) exit: Option<i32>,
    pub(crate) counts: Results,
    pub(crate) failures: BTreeSet<Failure>,
    /// Whether the output could be read: else nothing is known of single tests.
    pub(crate) is_known: bool,
    pub(crate) incomplete: BTreeSet<String>,
    /// Whether overages were recorded and did not panic.
    pub(crate) counts_only: bool,
    /// Whether `ALLOC_BUDGET` has replaced what the code says, and how.
    pub(crate) action: Option<String>,
}

/// A test that failed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Failure {
    /// Package and program, where the runner says them.
    pub(crate) program: Option<(String, String)>,
    pub(crate) test: String,
}

impl Failure {
    pub(crate) fn is_of(&self, program: Option<&Program>, test: &str) -> bool {
        let is_there = match (&self.program, program) {
            (Some((package, name)), Some(program)) => {
                *package == program.package && *name == program.name_of_file()
            }
            _ => true,
        };
        is_there && self.test == test
    }

    /// `src/lib.rs - f (line 3)`
    pub(crate) fn is_doctest(&self) -> bool {
        self.program.is_none() && self.test.contains(" - ") && self.test.contains("(line ")
    }
}

impl Program {
    /// A library's test program is called as its crate is.
    fn name_of_file(&self) -> String {
        if self.kind == "lib" { self.crate_name() } else { self.name.clone() }
    }
}

impl Outcome {
    /// Together with that of another runner.
    pub(crate) fn and(mut self, other: Self) -> Self {
        if self.succeeded() {
            self.exit = other.exit;
        }
        self.counts = self.counts.and(other.counts);
        self.failures.extend(other.failures);
        self.is_known &= other.is_known;
        self.incomplete.extend(other.incomplete);
        self
    }

    pub(crate) fn succeeded(&self) -> bool {
        self.exit == Some(0)
    }

    fn has_failed(&self, program: Option<&Program>, test: &str) -> bool {
        self.failures.iter().any(|failure| failure.is_of(program, test))
    }
}

impl Expectation for Outcome {
    fn is_expected(&self, test: &Test<'_>, on_overage: &str) -> bool {
        let action = self.action.as_deref().unwrap_or(on_overage);
        let has_failed = |name| self.has_failed(test.program, name);
        match test.name {
            // It waits for a panic that does not come.
            Some(name) if self.counts_only => has_failed(name),
            None if self.counts_only => false,
            _ if action != "panic" || !test.has_ended => false,
            // It has panicked, and is well.
            Some(name) if self.is_known => !has_failed(name) && !test.was_retried,
            _ => self.succeeded(),
        }
    }
}
