//! The calls of one thread, until somebody takes them over: the thread writes, and whoever writes
//! the file takes. All of it is memory of `System`, since the calls may be those of the program's
//! own allocator.

use std::cell::UnsafeCell;
use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::count::array::Array;
use crate::count::counters::cast_signed;
use crate::count::hash;
use crate::count::system;
use crate::limits::Limits;
use crate::record::clock::Clock;
use crate::record::described::Described;
use crate::record::sites::Site;
use crate::record::values::Values;
use crate::scope::known::KnownBudgets;
use crate::scope::recorded::{COUNTED, Counted};

/// What a thread has called.
pub(super) struct Table {
    is_locked: AtomicBool,
    /// Whether a thread has it.
    pub(super) is_taken: AtomicBool,
    /// Of the process before a fork it is not looked at any more.
    pub(super) generation: u32,
    pub(super) next: Option<&'static Self>,
    rows: UnsafeCell<Rows>,
}

// SAFETY: the rows are reached through `lock` only, by one thread at a time.
unsafe impl Sync for Table {}

/// The budgets that a thread has called.
pub(super) struct Rows {
    /// The name of the thread.
    pub(super) test: Array<u8>,
    all: Array<&'static Row>,
    /// Where a budget is in `all`, plus one, at its hash or behind it. At most half of it is used.
    index: Array<u32>,
    /// Where the row is that was asked for last.
    last: usize,
    /// Its budgets as the thread finds them; here while no thread has the table.
    pub(super) known: KnownBudgets,
    pub(super) clock: Clock,
}

/// The calls of one budget. It stays where it is.
pub(super) struct Row {
    address: (usize, usize),
    pub(super) site: &'static Site,
    pub(super) table: &'static Table,
    /// Calls that have begun. Apart from the rest, so that a beginning needs no lock: one thread at
    /// a time adds to them. May wrap.
    begun: AtomicUsize,
    rest: UnsafeCell<Rest>,
}

/// What of it is behind the table's lock.
pub(super) struct Rest {
    /// But for the calls that have begun.
    pub(super) values: Values,
    /// So many of the calls that have begun were taken over.
    taken: usize,
    /// So far in this thread, whoever has taken the values.
    pub(super) overages: u64,
    /// What the last call of those has counted that went the short way, and its limits.
    last: Counted,
    last_limits: Limits,
}

// SAFETY: `rest` is reached by one thread at a time, which has the lock of the table.
unsafe impl Sync for Row {}

impl Row {
    const fn new(address: (usize, usize), site: &'static Site, table: &'static Table) -> Self {
        let rest =
            Rest { values: Values::NONE, taken: 0, overages: 0, last: NO_CALL, last_limits: Limits::NONE };
        Self { address, site, table, begun: AtomicUsize::new(0), rest: UnsafeCell::new(rest) }
    }

    /// A call begins. For the thread that has the table; in one that threads share, for the one
    /// that has its lock.
    #[inline(always)]
    pub(super) fn begin(&self) {
        let begun = self.begun.load(Ordering::Relaxed);
        self.begun.store(begun.wrapping_add(1), Ordering::Relaxed);
    }

    /// # Safety
    /// The caller has the lock of the table, and no other such reference.
    #[inline(always)]
    #[expect(clippy::mut_from_ref, reason = "the lock stands for it")]
    unsafe fn rest(&self) -> &mut Rest {
        // SAFETY: the caller is alone.
        unsafe { &mut *self.rest.get() }
    }

    /// So many calls have begun that nobody has taken over.
    fn untaken(&self, rest: &Rest) -> u64 {
        self.begun.load(Ordering::Relaxed).wrapping_sub(rest.taken) as u64
    }
}

/// No call has counted this.
const NO_CALL: Counted = [i64::MIN; 6];

impl Rest {
    /// Adds a call that goes the short way. False where it is a warm-up, which doesn't.
    // Most calls do what the one before them did, and only add to the sums.
    #[inline(always)]
    pub(super) fn add(
        &mut self,
        counted: &Counted,
        limits: &Limits,
        inside: [i64; 2],
        measures: bool,
    ) -> bool {
        let (last, last_limits) = (&self.last, &self.last_limits);
        let other = (counted[0] ^ last[0])
            | (counted[1] ^ last[1])
            | (counted[2] ^ last[2])
            | (counted[3] ^ last[3])
            | (counted[4] ^ last[4])
            | (counted[5] ^ last[5]);
        let other_limits = (limits.max ^ last_limits.max)
            | (limits.max_bytes ^ last_limits.max_bytes)
            | (limits.max_peak_bytes ^ last_limits.max_peak_bytes)
            | (limits.max_retained_bytes ^ last_limits.max_retained_bytes)
            | (limits.max_reallocs ^ last_limits.max_reallocs)
            | (limits.max_deallocs ^ last_limits.max_deallocs);
        if other | cast_signed(other_limits) != 0 && !self.begin_another(counted, limits, measures) {
            return false;
        }
        self.values.add_sums(counted, inside, measures);
        true
    }

    /// Before the sums of a call that is unlike the last one.
    #[inline(never)]
    fn begin_another(&mut self, counted: &Counted, limits: &Limits, measures: bool) -> bool {
        if !measures && limits.only(COUNTED) == Limits::NONE {
            return false;
        }
        self.values.add_quantities(self.values.ended + 1, counted, limits);
        (self.last, self.last_limits) = (*counted, *limits);
        true
    }

    /// All was taken over, and so many calls that have begun.
    #[allow(clippy::cast_possible_truncation)]
    fn take(&mut self, calls: u64) {
        self.taken = self.taken.wrapping_add(calls as usize);
        self.values = Values::NONE;
        self.last = NO_CALL;
    }
}

/// A lock that is held for the few instructions that a call takes, or while a checkpoint copies.
/// Whoever waits in vain, because the thread that has it was ended, goes without.
const PATIENCE: Duration = Duration::from_secs(5);

impl Table {
    pub(super) const fn new(generation: u32) -> Self {
        Self {
            is_locked: AtomicBool::new(false),
            is_taken: AtomicBool::new(true),
            generation,
            next: None,
            rows: UnsafeCell::new(Rows::NONE),
        }
    }

    #[inline(always)]
    pub(super) fn lock(&self) -> Option<Locked<'_>> {
        if self.begin_change() { Some(Locked(self)) } else { None }
    }

    /// Takes the lock.
    #[inline(always)]
    pub(super) fn begin_change(&self) -> bool {
        !self.is_locked.swap(true, Ordering::Acquire) || self.wait()
    }

    /// Gives it back.
    #[inline(always)]
    pub(super) fn end_change(&self) {
        self.is_locked.store(false, Ordering::Release);
    }

    /// # Safety
    /// The caller has taken the lock, and has no other such reference.
    #[inline(always)]
    #[expect(clippy::mut_from_ref, reason = "the lock stands for it")]
    pub(super) unsafe fn rows(&self) -> &mut Rows {
        // SAFETY: the caller is alone.
        unsafe { &mut *self.rows.get() }
    }

    #[cold]
    fn wait(&self) -> bool {
        // By the clock: on a busy machine, to yield may take long.
        let start = Instant::now();
        loop {
            std::thread::yield_now();
            if !self.is_locked.swap(true, Ordering::Acquire) {
                return true;
            }
            if start.elapsed() > PATIENCE {
                return false;
            }
        }
    }
}

pub(super) struct Locked<'a>(&'a Table);

impl Deref for Locked<'_> {
    type Target = Rows;

    #[inline(always)]
    fn deref(&self) -> &Rows {
        // SAFETY: whoever has a `Locked` is alone.
        unsafe { &*self.0.rows.get() }
    }
}

impl DerefMut for Locked<'_> {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut Rows {
        // SAFETY: as above.
        unsafe { &mut *self.0.rows.get() }
    }
}

impl Drop for Locked<'_> {
    #[inline(always)]
    fn drop(&mut self) {
        self.0.end_change();
    }
}

impl Rows {
    const NONE: Self = Self {
        test: Array::EMPTY,
        all: Array::EMPTY,
        index: Array::EMPTY,
        last: 0,
        known: KnownBudgets::NONE,
        clock: Clock::NEW,
    };

    /// The row of a budget, where it has one.
    #[inline]
    pub(super) fn row(&mut self, budget: &Described) -> Option<&'static Row> {
        let address = budget.address();
        let is_last = self.all.as_slice().get(self.last).is_some_and(|row| row.address == address);
        if !is_last {
            self.last = self.find(address)?;
        }
        Some(self.all.as_slice()[self.last])
    }

    /// What has happened to a budget of this table, to be changed.
    #[inline(always)]
    #[expect(clippy::unused_self, reason = "it stands for the lock")]
    pub(super) fn rest<'a>(&'a mut self, row: &'a Row) -> &'a mut Rest {
        // SAFETY: whoever has the rows has the table's lock, and borrows them for it.
        unsafe { row.rest() }
    }

    fn find(&self, address: (usize, usize)) -> Option<usize> {
        let (index, all) = (self.index.as_slice(), self.all.as_slice());
        if index.is_empty() {
            return None;
        }
        let mut at = place(address, index.len());
        while index[at] > 0 {
            let row = index[at] as usize - 1;
            if all[row].address == address {
                return Some(row);
            }
            at = (at + 1) % index.len();
        }
        None
    }

    /// The row of a budget, made where it has none; `None` where the system has no memory left.
    pub(super) fn add(
        &mut self,
        budget: &Described,
        site: &'static Site,
        table: &'static Table,
    ) -> Option<&'static Row> {
        let address = budget.address();
        // In a table that threads share, another one may have made it.
        self.last = match self.find(address) {
            Some(known) => known,
            None => self.push(address, site, table)?,
        };
        Some(self.all.as_slice()[self.last])
    }

    fn push(&mut self, address: (usize, usize), site: &'static Site, table: &'static Table) -> Option<usize> {
        let at = self.all.len();
        let has_index = self.index.len() >= 2 * (at + 1) || self.grow_index();
        if !has_index {
            return None;
        }
        let row = system::keep(Row::new(address, site, table))?;
        if !self.all.push(row) {
            return None;
        }
        enter(self.index.as_mut_slice(), address, at + 1);
        Some(at)
    }

    fn grow_index(&mut self) -> bool {
        let len = (2 * self.index.len()).max(16);
        let Some(mut index) = Array::filled(0, len) else { return false };
        for (at, row) in self.all.as_slice().iter().enumerate() {
            enter(index.as_mut_slice(), row.address, at + 1);
        }
        self.index.free();
        self.index = index;
        true
    }

    /// Takes the calls out, as far as there is memory for a copy.
    pub(super) fn take(&mut self) -> Array<(&'static Site, Values)> {
        let mut taken = Array::EMPTY;
        for row in self.all.as_slice() {
            // SAFETY: whoever has the rows has the table's lock.
            let rest = unsafe { row.rest() };
            let calls = row.untaken(rest);
            if calls == 0 && rest.values.are_none() {
                continue;
            }
            let mut values = rest.values;
            values.calls = calls;
            if taken.push((row.site, values)) {
                rest.take(calls);
            }
        }
        taken
    }

    /// A copy of the test's name.
    pub(super) fn test(&self) -> Array<u8> {
        let mut name = Array::EMPTY;
        if !self.test.as_slice().iter().all(|byte| name.push(*byte)) {
            name.free();
        }
        name
    }

    /// The thread has ended, and what it has done was taken. The next one goes on with its rows.
    pub(super) fn end(&mut self) {
        self.test.free();
        self.clock = Clock::NEW;
        for row in self.all.as_slice() {
            // SAFETY: as above.
            let rest = unsafe { row.rest() };
            // What could not be taken is not the next thread's.
            rest.take(row.untaken(rest));
            rest.overages = 0;
        }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "there are fewer budgets")]
fn enter(index: &mut [u32], address: (usize, usize), row: usize) {
    let mut at = place(address, index.len());
    while index[at] > 0 {
        at = (at + 1) % index.len();
    }
    index[at] = row as u32;
}

#[inline]
fn place((location, key): (usize, usize), len: usize) -> usize {
    hash::place((location as u64).rotate_left(32) ^ key as u64, len)
}
