//! What a scope has captured: a pointer to a store, made when something is first noted.

use std::ptr;

use crate::count::counters::cast_unsigned;
use crate::count::event::Event;
use crate::count::measurement::{Exempted, Measurement};
use crate::count::system;
use crate::limits::Limits;
use crate::trace::blocks::Moment;
use crate::trace::store::{Freed, Store, Sum};

/// What a scope has captured: nothing, in no memory, until something is noted. Whoever has it last
/// calls [`Captures::free`] or [`Captures::resolve`].
#[derive(Clone, Copy)]
pub(crate) struct Captures(*mut Store);

// SAFETY: the store belongs to one scope, and is used by the one thread that has the scope.
unsafe impl Send for Captures {}
// SAFETY: a shared one gives no access to the store but reading.
unsafe impl Sync for Captures {}

impl Captures {
    pub(crate) const NONE: Self = Self(ptr::null_mut());

    #[inline(always)]
    pub(crate) fn is_none(self) -> bool {
        self.0.is_null()
    }

    /// The store, made when it is first needed. `None` where the system has no memory left.
    pub(super) fn store(&mut self) -> Option<&mut Store> {
        if self.0.is_null() {
            self.0 = system::keep(Store::EMPTY)?;
        }
        // SAFETY: not null, so it is a store that nobody else has, by this type's contract.
        Some(unsafe { &mut *self.0 })
    }

    #[inline(always)]
    pub(super) fn existing(&self) -> Option<&Store> {
        // SAFETY: null, or a store that nobody else has, by this type's contract.
        unsafe { self.0.as_ref() }
    }

    /// Notes where an event came from.
    pub(crate) fn note(&mut self, event: &Event, passed: u8, traced: bool, stack: &[usize]) {
        if let Some(store) = self.store() {
            store.note(event, passed, traced, stack);
        }
    }

    /// Notes from now on which blocks are freed that others, who work for the same scope, may
    /// follow.
    pub(crate) fn share_blocks(&mut self) {
        if let Some(store) = self.store() {
            store.is_shared = true;
        }
    }

    /// Whether the system has refused nothing yet that would have been past a limit; from now on it
    /// has.
    pub(crate) fn is_first_refusal(&mut self) -> bool {
        self.store().is_none_or(|store| !std::mem::replace(&mut store.was_refused, true))
    }

    /// Whether deallocations matter to what has been noted.
    pub(crate) fn watches_blocks(self) -> bool {
        self.existing().is_some_and(|store| store.is_shared || store.blocks.len() > 0)
    }

    /// Adds what no counter tells of, as far as it is limited.
    pub(crate) fn measure(self, limits: &Limits, measurement: &mut Measurement) {
        let Some(store) = self.existing() else { return };
        let largest = store.largest_block as u64;
        // Others may have noted it for a tighter limit.
        if largest > limits.max_block_bytes {
            measurement.largest_block_bytes = largest;
        }
        if limits.max_surviving_bytes != u64::MAX {
            measurement.surviving_bytes = store.surviving();
        }
        let Sum { count: allocations, bytes: bytes_allocated } = store.exempted;
        measurement.exempted = Exempted { allocations, bytes_allocated };
    }

    /// Notes that `exempt` has left out so many allocations. Without memory for it, that is lost.
    #[cold]
    pub(crate) fn note_exempted(&mut self, count: i64, bytes: i64) {
        if let Some(store) = self.store() {
            store.exempted.merge(Sum { count: cast_unsigned(count), bytes: cast_unsigned(bytes) });
        }
    }

    /// Strikes the block that an event freed off the list of live ones.
    pub(crate) fn forget_block(&mut self, event: &Event) {
        let (Event::Deallocation { block: freed, .. } | Event::Reallocation { old_block: freed, .. }) =
            *event
        else {
            return;
        };
        if self.0.is_null() {
            return;
        }
        let Some(store) = self.store() else { return };
        if let Some(at) = store.blocks.newest(freed, |_| true) {
            store.compare(store.blocks.as_slice()[at], event);
            store.forget(at);
        } else if store.is_shared {
            store.note_freed(Freed { address: freed, at: Moment::now() });
        }
    }

    /// Strikes the blocks that others have freed off the list of live ones.
    pub(crate) fn forget_what_others_freed(&mut self, others: Self) {
        let Some(others) = others.existing() else { return };
        if self.is_none() {
            return;
        }
        if let Some(store) = self.store() {
            for freed in others.freed.as_slice() {
                store.forget_freed(freed);
            }
        }
    }

    /// Takes in a copy of what others have captured, as far as it is about the limits whose bits
    /// are set.
    pub(crate) fn absorb(&mut self, others: Self, limited: u8) {
        let Some(others) = others.existing() else { return };
        if limited == 0 && others.exempted.count == 0 {
            return;
        }
        if let Some(store) = self.store() {
            store.exempted.merge(others.exempted);
            store.absorb_mismatches(others);
            store.absorb(others, limited);
        }
    }

    #[inline(always)]
    pub(crate) fn free(&mut self) {
        if !self.0.is_null() {
            self.free_store();
        }
    }

    #[cold]
    fn free_store(&mut self) {
        if let Some(store) = self.store() {
            store.groups.free();
            store.frames.free();
            store.blocks.free();
            store.freed.free();
            store.mismatches.free();
        }
        // SAFETY: made by `store`, and nobody else has it, by this type's contract.
        unsafe { system::free(self.0) };
        *self = Self::NONE;
    }
}
