//! A budget that cannot be checked must not look green.

use std::sync::Once;

use crate::budget::{installed, settings};
use crate::scope::exempt::{bookkeeping, quietly};
use crate::scope::mode::State;
use crate::site::function::Site;

impl Site {
    /// Whether budgets are looked at. Where they should be and can't, says so.
    pub(super) fn is_counting(&self) -> bool {
        let state = settings::state();
        if state == State::NotInstalled {
            self.not_installed();
        }
        state.is_counting()
    }

    /// Panics in tests. Elsewhere writes one line, once per process, for what the user is building.
    #[cold]
    #[inline(never)]
    fn not_installed(&self) {
        static ONCE: Once = Once::new();
        if self.is_test && !std::thread::panicking() {
            if let Some(message) = bookkeeping(|| installed::not_installed(&self.budget())) {
                self.raise(message);
            }
        } else if self.is_primary && !ONCE.is_completed() {
            bookkeeping(|| ONCE.call_once(|| settings::say(&self.notice())));
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
            return;
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
