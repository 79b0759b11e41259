//! The budgets that a thread knows because it has called them before.

use std::ptr;

use crate::count::array::Array;
use crate::count::hash;

/// What a room above keeps of a budget on this thread, or nothing.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Known(pub(crate) *const ());

// SAFETY: it is a pointer that this room does not follow; whoever does knows what it points to.
unsafe impl Send for Known {}
// SAFETY: as above.
unsafe impl Sync for Known {}

impl Known {
    pub(crate) const NOTHING: Self = Self(ptr::null());
}

/// The budgets that a thread knows, by the address of what stands for each in the program: at its
/// hash or behind it, and at most half of the places are used.
pub(crate) struct KnownBudgets {
    places: Array<(usize, Known)>,
    used: usize,
}

impl KnownBudgets {
    pub(crate) const NONE: Self = Self { places: Array::EMPTY, used: 0 };

    #[inline(always)]
    pub(crate) fn get(&self, key: usize) -> Known {
        let len = self.places.len();
        if len == 0 {
            return Known::NOTHING;
        }
        let mut at = hash::place(key as u64, len);
        loop {
            // SAFETY: the hash is below the length, and so is what follows it.
            let (known, found) = unsafe { *self.places.as_mut_ptr().wrapping_add(at) };
            if known == key || known == 0 {
                return found;
            }
            at = (at + 1) & (len - 1);
        }
    }

    /// Where the system has no memory left, it is as unknown as before.
    pub(crate) fn set(&mut self, key: usize, known: Known) {
        if 2 * (self.used + 1) <= self.places.len() || self.grow() {
            self.used += usize::from(enter(self.places.as_mut_slice(), key, known));
        }
    }

    fn grow(&mut self) -> bool {
        let len = (2 * self.places.len()).max(32);
        let Some(mut places) = Array::filled((0, Known::NOTHING), len) else { return false };
        for (key, known) in self.places.as_slice().iter().filter(|(key, _)| *key != 0) {
            enter(places.as_mut_slice(), *key, *known);
        }
        self.places.free();
        self.places = places;
        true
    }

    pub(crate) fn free(&mut self) {
        self.places.free();
        self.used = 0;
    }
}

/// Says whether the key is a new one.
fn enter(places: &mut [(usize, Known)], key: usize, known: Known) -> bool {
    let mut at = hash::place(key as u64, places.len());
    while places[at].0 != 0 && places[at].0 != key {
        at = (at + 1) & (places.len() - 1);
    }
    let is_new = places[at].0 == 0;
    places[at] = (key, known);
    is_new
}
