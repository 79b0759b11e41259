//! The verdict on a call, and what is done about an overage.

use crate::budget::action::act;
use crate::budget::raise::Raising;
use crate::budget::subject::Subject;
use crate::budget::{environment, ledger};
use crate::record::{self, Ending};
use crate::scope::leave::Closed;
use crate::scope::mode;
use crate::site::function::Site;

impl Site {
    /// The record of a call and the verdict on it; nothing where it ends by a panic.
    pub(super) fn finish(&'static self, closed: Closed) {
        if std::thread::panicking() {
            return self.unwound(closed);
        }
        self.record(&closed.measurement);
        self.judge(closed);
    }

    /// The verdict on a call that passed a limit, if only for a moment.
    #[cold]
    #[inline(never)]
    pub(super) fn judge(&self, mut closed: Closed) {
        if std::thread::panicking() {
            return self.unwound(closed);
        }
        if mode::is_recorded() {
            let ending = match (self.only_measures(), closed.has_limits()) {
                (true, _) => Ending::Measured,
                (false, true) => Ending::Judged,
                (false, false) => Ending::Warming,
            };
            record::ended(&self.described(), &mut closed, ending);
        }
        if environment::is_strict() && !self.only_measures() {
            let is_warmup = !closed.has_limits();
            ledger::note(self, |entry| if is_warmup { entry.warmups += 1 } else { entry.judged += 1 });
        }
        let Some(closed) = closed.overage() else { return };
        if let Some(message) = act(self, closed, self.on_overage) {
            self.raise(message);
        }
    }

    /// The call ends by a panic.
    #[cold]
    fn unwound(&self, mut closed: Closed) {
        closed.captures.free();
        record::unwound(&self.described());
    }

    /// Panics where the function is.
    pub(super) fn raise(&self, message: String) {
        let _raising = Raising::new(&message);
        (self.raise)(message);
    }
}
