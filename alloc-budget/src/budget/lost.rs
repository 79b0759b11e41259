//! A budget whose scope others have ended before its work was over, or that is on another thread by
//! now.

use crate::budget::subject::Subject;
use crate::budget::{environment, ledger};
use crate::record;
use crate::scope::exempt::quietly;
use crate::scope::mode;

/// Notes it, where somebody asks at the end, and says it in a panic's message. `None` while another
/// panic unwinds.
#[cold]
#[inline(never)]
pub(crate) fn lost(subject: &dyn Subject) -> Option<String> {
    if std::thread::panicking() {
        record::unwound(&subject.described());
        return None;
    }
    if mode::is_recorded() {
        record::lost(&subject.described());
    }
    if environment::is_strict() {
        ledger::note(subject, |entry| entry.lost += 1);
    }
    Some(quietly(|| {
        format!(
            "the allocation budget of `{}` cannot be checked: the block waited where that could not be \
             seen\n\nhelp: put a macro that awaits into a block of its own: `async {{ … }}.await`",
            subject.name()
        )
    }))
}
