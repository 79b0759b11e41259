//! What has become of the process's budgets, where somebody asks for it at the end.

use std::collections::BTreeMap;
use std::panic::Location;
use std::sync::MutexGuard;

use crate::budget::subject::Subject;
use crate::scope::exempt::bookkeeping;
use crate::scope::process_lock::ProcessLock;

/// What has become of one budget.
pub(crate) struct Entry {
    pub(super) name: String,
    pub(super) location: &'static Location<'static>,
    pub(crate) calls: u64,
    /// Calls that were not judged, because the function was still warming up.
    pub(crate) warmups: u64,
    /// Calls that failed, and that the budget leaves out.
    pub(crate) skipped: u64,
    pub(crate) judged: u64,
    /// Calls that nothing could be counted of.
    pub(crate) unchecked: u64,
    /// Calls that waited unseen, see `Progress::is_lost`.
    pub(crate) lost: u64,
    /// Overages that were acted on, and not handed out as data.
    pub(crate) exceeded: u64,
    /// Whether only the end of the process tells of them.
    pub(crate) is_told_at_end: bool,
}

/// By place, and by what tells budgets at one place from each other.
type Entries = BTreeMap<(&'static Location<'static>, &'static str), Entry>;

static LEDGER: ProcessLock<Entries> = ProcessLock::new(BTreeMap::new());

/// Changes the entry of a budget. `None` inside of the crate's own bookkeeping: the allocator that
/// it uses may have budgets. And in a forked process, where a thread of its parent was at it.
pub(crate) fn note<T>(subject: &dyn Subject, change: impl FnOnce(&mut Entry) -> T) -> Option<T> {
    let note = || {
        let mut ledger = lock()?;
        let entry = ledger.entry((subject.location(), subject.key())).or_insert_with(|| Entry {
            name: subject.name(),
            location: subject.location(),
            calls: 0,
            warmups: 0,
            skipped: 0,
            judged: 0,
            unchecked: 0,
            lost: 0,
            exceeded: 0,
            is_told_at_end: false,
        });
        Some(change(entry))
    };
    bookkeeping(note).flatten()
}

/// The entries by place, one for all instances of a generic function.
pub(super) fn entries() -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    let Some(mut ledger) = lock() else { return entries };
    for (_, entry) in std::mem::take(&mut *ledger) {
        match entries.last_mut() {
            Some(last) if (last.location, &last.name) == (entry.location, &entry.name) => last.add(&entry),
            _ => entries.push(entry),
        }
    }
    entries
}

/// A child that was forked has a ledger of its own.
fn lock() -> Option<MutexGuard<'static, Entries>> {
    LEDGER.lock_own(BTreeMap::clear)
}

impl Entry {
    fn add(&mut self, other: &Self) {
        self.calls += other.calls;
        self.warmups += other.warmups;
        self.skipped += other.skipped;
        self.judged += other.judged;
        self.unchecked += other.unchecked;
        self.lost += other.lost;
        self.exceeded += other.exceeded;
        self.is_told_at_end |= other.is_told_at_end;
    }
}
