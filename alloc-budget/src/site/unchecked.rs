//! A budget that cannot be checked must not look green.

use std::sync::Once;

use crate::budget::subject::Subject;
use crate::budget::{dormant, environment, installed, ledger, settings};
use crate::record::{self, Described};
use crate::scope::exempt::{bookkeeping, quietly};
use crate::scope::mode::{self, State};
use crate::site::function::Site;

impl Site {
    /// Whether budgets are looked at. Where they should be and can't, says so.
    #[inline]
    pub(super) fn is_counting(&self, is_of_all_threads: bool) -> bool {
        mode::is_counting() || self.is_counting_after_all(is_of_all_threads)
    }

    /// Where the process's state is not known yet, or asks for more.
    #[cold]
    #[inline(never)]
    fn is_counting_after_all(&self, is_of_all_threads: bool) -> bool {
        let state = settings::state();
        let is_looked_at = self.is_looked_at();
        if mode::is_recorded() {
            let budget = Described { is_of_all_threads, ..self.described() };
            if is_looked_at { record::began(&budget) } else { record::unchecked(&budget) }
        }
        if state == State::NotInstalled {
            self.not_installed();
        }
        if !is_looked_at {
            return false;
        }
        if mode::is_watched() && !self.only_measures() {
            ledger::note(self, |entry| entry.calls += 1);
        }
        true
    }

    /// Whether something counts, and nobody has turned budgets off.
    pub(super) fn is_looked_at(&self) -> bool {
        settings::state().is_counting() && !self.is_dormant()
    }

    /// Whether the budget does nothing here, because nobody asked for it.
    fn is_dormant(&self) -> bool {
        self.origin.is_enforced_by_feature_only() && dormant::are_dormant()
    }

    /// Whether it has no limits.
    pub(super) fn only_measures(&self) -> bool {
        self.recorder.is_some()
    }

    /// Panics in tests. Elsewhere writes one line, once per process, where somebody wants to know.
    #[cold]
    #[inline(never)]
    fn not_installed(&self) {
        static ONCE: Once = Once::new();
        if environment::is_strict() {
            ledger::note(self, |entry| entry.unchecked += 1);
        }
        let message = bookkeeping(|| {
            if self.origin.is_tested_here() && !std::thread::panicking() {
                return Some(installed::not_installed(&self.budget()));
            }
            if !ONCE.is_completed() && self.origin.is_asked_for_here() {
                ONCE.call_once(|| environment::say(&self.notice()));
            }
            None
        });
        if let Some(message) = message.flatten() {
            self.raise(message);
        }
    }

    fn notice(&self) -> String {
        let problem = installed::unchecked(&self.budget());
        format!("{}: {problem} (see alloc-budget's feature `install`)", self.location)
    }

    fn budget(&self) -> String {
        format!("the allocation budget of `{}`", self.name())
    }

    /// The scope of a body that awaits was ended by others, or is on another thread.
    #[cold]
    #[inline(never)]
    pub(super) fn lost(&self) {
        if std::thread::panicking() {
            return record::unwound(&self.described());
        }
        if mode::is_recorded() {
            record::lost(&self.described());
        }
        if environment::is_strict() {
            ledger::note(self, |entry| entry.lost += 1);
        }
        self.raise(quietly(|| {
            format!(
                "{} cannot be checked: the block waited where that could not be seen\n\n\
                 help: put a macro that awaits into a block of its own: `async {{ … }}.await`",
                self.budget()
            )
        }));
    }
}
