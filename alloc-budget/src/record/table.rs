//! The calls of one thread, until somebody takes them over: the thread writes, and whoever writes
//! the file takes. All of it is memory of `System`, since the calls may be those of the program's
//! own allocator.

use std::cell::UnsafeCell;
use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicBool, Ordering};

use crate::count::array::Array;
use crate::record::clock::Clock;
use crate::record::described::Described;
use crate::record::nested::Nested;
use crate::record::sites::Site;
use crate::record::values::Values;

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
    all: Array<Row>,
    /// Where a budget is in `all`, plus one, at its hash or behind it. At most half of it is used.
    index: Array<u32>,
    /// Where the row is that was asked for last.
    last: usize,
    beside: Beside,
}

/// What a thread keeps beside the rows.
pub(super) struct Beside {
    pub(super) clock: Clock,
    pub(super) nested: Nested,
}

impl Beside {
    const NEW: Self = Self { clock: Clock::NEW, nested: Nested::NONE };
}

/// The calls of one budget.
#[derive(Clone, Copy)]
pub(super) struct Row {
    address: (usize, usize),
    pub(super) site: &'static Site,
    pub(super) values: Values,
    /// So far in this thread, whoever has taken the values.
    pub(super) overages: u64,
}

/// A lock that is held for the few instructions that a call takes, or while a checkpoint copies.
/// Whoever waits in vain, because the thread that has it was ended, goes without.
const PATIENCE: u32 = 100_000;

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
        if self.is_locked.swap(true, Ordering::Acquire) && !self.wait() {
            return None;
        }
        Some(Locked(self))
    }

    #[cold]
    fn wait(&self) -> bool {
        (0..PATIENCE).any(|_| {
            std::thread::yield_now();
            !self.is_locked.swap(true, Ordering::Acquire)
        })
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
        self.0.is_locked.store(false, Ordering::Release);
    }
}

impl Rows {
    const NONE: Self =
        Self { test: Array::EMPTY, all: Array::EMPTY, index: Array::EMPTY, last: 0, beside: Beside::NEW };

    /// The row of a budget, where it has one.
    #[inline]
    pub(super) fn row(&mut self, budget: &Described) -> Option<(&mut Beside, &mut Row)> {
        let address = budget.address();
        let is_last = self.all.as_slice().get(self.last).is_some_and(|row| row.address == address);
        if !is_last {
            self.last = self.find(address)?;
        }
        self.last()
    }

    fn last(&mut self) -> Option<(&mut Beside, &mut Row)> {
        let row = self.all.as_mut_slice().get_mut(self.last)?;
        Some((&mut self.beside, row))
    }

    fn find(&self, address: (usize, usize)) -> Option<usize> {
        let (index, all) = (self.index.as_slice(), self.all.as_slice());
        if index.is_empty() {
            return None;
        }
        let mut at = hash(address, index.len());
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
    pub(super) fn add(&mut self, budget: &Described, site: &'static Site) -> Option<(&mut Beside, &mut Row)> {
        let address = budget.address();
        // In a table that threads share, another one may have made it.
        self.last = match self.find(address) {
            Some(known) => known,
            None => self.push(address, site)?,
        };
        self.last()
    }

    fn push(&mut self, address: (usize, usize), site: &'static Site) -> Option<usize> {
        let at = self.all.len();
        let has_index = self.index.len() >= 2 * (at + 1) || self.grow_index();
        if !has_index || !self.all.push(Row { address, site, values: Values::NONE, overages: 0 }) {
            return None;
        }
        enter(self.index.as_mut_slice(), address, at + 1);
        Some(at)
    }

    fn grow_index(&mut self) -> bool {
        let mut index = Array::EMPTY;
        let len = (2 * self.index.len()).max(16);
        while index.len() < len {
            if !index.push(0) {
                index.free();
                return false;
            }
        }
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
        for row in self.all.as_mut_slice() {
            if !row.values.are_none() && taken.push((row.site, row.values)) {
                row.values = Values::NONE;
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

    pub(super) fn free(&mut self) {
        self.test.free();
        self.all.free();
        self.index.free();
        self.beside.nested.free();
        *self = Self::NONE;
    }
}

#[expect(clippy::cast_possible_truncation, reason = "there are fewer budgets")]
fn enter(index: &mut [u32], address: (usize, usize), row: usize) {
    let mut at = hash(address, index.len());
    while index[at] > 0 {
        at = (at + 1) % index.len();
    }
    index[at] = row as u32;
}

/// A place in an index, whose length is a power of two.
#[inline]
#[allow(clippy::cast_possible_truncation)]
fn hash((location, key): (usize, usize), len: usize) -> usize {
    let both = (location as u64).rotate_left(32) ^ key as u64;
    (both.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) as usize & (len - 1)
}
