//! What is done about an overage.

use crate::budget::environment::{self, OnOverage};
use crate::budget::overage::{Exceeded, Overage};
use crate::budget::subject::Subject;
use crate::budget::{at_end, ledger};
use crate::record;
use crate::scope::exempt::{bookkeeping, quietly};
use crate::scope::leave::Closed;
use crate::scope::mode;

/// Does what the environment says about a scope that has passed its limits, or else what the code
/// does, except that a panic is left to the caller, which has the location: returns its message.
pub(crate) fn act(subject: &dyn Subject, mut closed: Closed, wanted: OnOverage) -> Option<String> {
    // A second panic would abort the process.
    if std::thread::panicking() {
        closed.captures.free();
        return None;
    }
    let action = environment::action().unwrap_or(wanted);
    let is_recorded = mode::is_recorded() && record::exceeded(&subject.described());
    let is_noted = environment::is_strict() || matches!(action, OnOverage::Warn | OnOverage::Count);
    if is_noted {
        let count = ledger::note(subject, |entry| {
            entry.exceeded += 1;
            entry.is_told_at_end |= action == OnOverage::Count;
            entry.exceeded
        });
        if !is_reported(action, count.unwrap_or(1)) {
            if !is_recorded {
                closed.captures.free();
            } else if let Some(overage) = Overage::new(subject, closed) {
                record(subject, &overage);
            }
            bookkeeping(|| say_in_short(subject, action, count));
            return None;
        }
    }
    let overage = Overage::new(subject, closed)?;
    if is_recorded {
        record(subject, &overage);
    }
    let message = bookkeeping(|| {
        let report = overage.to_string();
        if action == OnOverage::Panic {
            return Some(report);
        }
        environment::say(&format!("{}: {report}", overage.location()));
        if action == OnOverage::Abort {
            std::process::abort();
        }
        None
    });
    message.flatten()
}

/// The line of an overage in the record, before anything is done that may end the process.
fn record(subject: &dyn Subject, overage: &Overage) {
    quietly(|| {
        let limits =
            overage.exceeded().map(|Exceeded { limit, actual, allowed }| (limit.argument(), actual, allowed));
        let exempted = overage.measurement().exempted().allocations;
        let max_exempt = overage.exceeded_max_exempt().map(|allowed| ("max_exempt", exempted, allowed));
        let exceeded: Vec<_> = limits.chain(max_exempt).collect();
        record::overage(&subject.described(), &exceeded, overage.call_sites());
    });
}

/// Whether it is said in full what a function has done for the `count`th time. Whoever goes on
/// after an overage may have little time to do so: to find out where blocks came from takes long.
fn is_reported(action: OnOverage, count: u64) -> bool {
    match action {
        OnOverage::Panic | OnOverage::Abort => true,
        OnOverage::Warn => count == 1,
        OnOverage::Count => false,
    }
}

/// A line at the 10th time, the 100th, the 1000th; or at the end of the process.
fn say_in_short(subject: &dyn Subject, action: OnOverage, count: Option<u64>) {
    if action == OnOverage::Count {
        at_end::register();
    } else if let Some(count) = count.filter(|count| *count == 10_u64.pow(count.ilog10())) {
        let (location, name) = (subject.location(), subject.name());
        environment::say(&format!(
            "{location}: the allocation budget of `{name}` was exceeded {count} times"
        ));
    }
}
