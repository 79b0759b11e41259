//! The verdict on a call, and what is done about an overage.

use crate::budget::overage::Overage;
use crate::budget::raise::Raising;
use crate::scope::leave::Closed;
use crate::site::function::Site;

impl Site {
    /// The record of a call and the verdict on it; nothing where it ends by a panic.
    pub(super) fn finish(&'static self, mut closed: Closed) {
        if std::thread::panicking() {
            closed.captures.free();
            return;
        }
        self.record(&closed.measurement);
        self.judge(closed);
    }

    /// The verdict on a call that passed a limit, if only for a moment.
    #[cold]
    #[inline(never)]
    pub(super) fn judge(&self, closed: Closed) {
        let Some(mut closed) = closed.overage() else { return };
        if std::thread::panicking() {
            closed.captures.free();
            return;
        }
        let overage = Overage::new(|| self.name(), || Some(self.function()), closed, self.location);
        if let Some(message) = overage.and_then(|overage| overage.act(self.on_overage)) {
            self.raise(message);
        }
    }

    /// Panics where the function is.
    pub(super) fn raise(&self, message: String) {
        let _raising = Raising::new(&message);
        (self.raise)(message);
    }
}
