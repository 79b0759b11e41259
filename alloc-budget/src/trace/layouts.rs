//! Blocks that were freed with another layout than they were allocated with, as far as blocks are
//! followed. It is undefined behaviour, and a sum of retained bytes that is wrong.

use std::alloc::Layout;

use crate::count::counters::signed;
use crate::count::event::Event;
use crate::trace::blocks::Block;
use crate::trace::call_site::CallSite;
use crate::trace::captures::Captures;
use crate::trace::sites::Sites;
use crate::trace::store::{Layouts, Misfreed, Mismatch, Store, Sum};

/// More different ones of a scope than this are left out.
const MAX_MISMATCHES: usize = 16;

impl Store {
    /// Compares the layout that a followed block is freed with.
    pub(super) fn compare(&mut self, block: Block, event: &Event) {
        let freed = match *event {
            Event::Deallocation { layout, .. } => layout,
            Event::Reallocation { old_layout, .. } => old_layout,
            Event::Allocation { .. } => return,
        };
        if block.layout != freed {
            let layouts = Layouts { allocated: block.layout, freed };
            self.misfreed = Some(Misfreed { layouts, group: block.group });
        }
    }

    /// Keeps the stacks of what [`Store::compare`] has found.
    fn keep(&mut self, stack: &[usize]) {
        let Some(Misfreed { layouts, group }) = self.misfreed.take() else { return };
        let group = self.groups.as_slice()[group];
        let frames = self.frames.as_slice();
        let allocation = &frames[group.first_frame..][..group.frames];
        let is_same = |known: &&mut Mismatch| {
            let [inner, outer] = known.stacks(frames);
            known.layouts == layouts && inner == allocation && outer == stack
        };
        if let Some(known) = self.mismatches.as_mut_slice().iter_mut().find(is_same) {
            known.count += 1;
            return;
        }
        if self.mismatches.len() >= MAX_MISMATCHES {
            return;
        }
        let first_frame = self.frames.len();
        let is_kept = (0..group.frames).all(|at| {
            let frame = self.frames.as_slice()[group.first_frame + at];
            self.frames.push(frame)
        }) && stack.iter().all(|frame| self.frames.push(*frame));
        if is_kept {
            let frames = [group.frames, stack.len()];
            // Without memory for it, it is left out.
            let _ = self.mismatches.push(Mismatch { layouts, first_frame, frames, count: 1 });
        }
    }

    /// Takes in those of others.
    pub(super) fn absorb_mismatches(&mut self, others: &Self) {
        for other in others.mismatches.as_slice() {
            let first_frame = self.frames.len();
            let [allocated, freed] = other.stacks(others.frames.as_slice());
            let is_kept = allocated.iter().chain(freed).all(|frame| self.frames.push(*frame));
            if is_kept && self.mismatches.len() < MAX_MISMATCHES {
                let _ = self.mismatches.push(Mismatch { first_frame, ..*other });
            }
        }
    }
}

impl Mismatch {
    fn stacks<'a>(&self, frames: &'a [usize]) -> [&'a [usize]; 2] {
        let [allocated, freed] = self.frames;
        let (allocated, rest) = frames[self.first_frame..].split_at(allocated);
        [allocated, &rest[..freed]]
    }
}

impl Captures {
    /// Whether the event that was looked at last frees a block with another layout: its stack is to
    /// be kept with [`Captures::keep_misfreed`].
    pub(crate) fn has_misfreed(self) -> bool {
        self.existing().is_some_and(|store| store.misfreed.is_some())
    }

    pub(crate) fn keep_misfreed(&mut self, stack: &[usize]) {
        if !self.has_misfreed() {
            return;
        }
        if let Some(store) = self.store() {
            store.keep(stack);
        }
    }

    /// How many bytes more were freed of blocks than they were allocated with.
    pub(crate) fn hidden_bytes(self) -> i64 {
        let Some(store) = self.existing() else { return 0 };
        let of = |Mismatch { layouts, count, .. }: &Mismatch| {
            signed(layouts.freed.size())
                .wrapping_sub(signed(layouts.allocated.size()))
                .saturating_mul(i64::try_from(*count).unwrap_or(i64::MAX))
        };
        store.mismatches.as_slice().iter().map(of).sum()
    }

    pub(crate) fn mismatches(self, sites: &mut Sites<'_>) -> Vec<LayoutMismatch> {
        let Some(store) = self.existing() else { return Vec::new() };
        let resolve = |mismatch: &Mismatch| {
            let [allocation, deallocation] = mismatch.stacks(store.frames.as_slice());
            let Layouts { allocated, freed } = mismatch.layouts;
            let mut site = |stack, is_freed, layout: Layout| {
                let mut site = sites.call_site(stack, is_freed);
                site.add(Sum { count: mismatch.count, bytes: mismatch.count * layout.size() as u64 });
                site
            };
            LayoutMismatch {
                allocated_size: allocated.size(),
                allocated_align: allocated.align(),
                allocated_at: site(allocation, false, allocated),
                freed_size: freed.size(),
                freed_align: freed.align(),
                freed_at: site(deallocation, true, freed),
            }
        };
        store.mismatches.as_slice().iter().map(resolve).collect()
    }
}

/// Blocks that were freed, or reallocated, with another layout than they were allocated with. Rust
/// calls that undefined behaviour.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LayoutMismatch {
    /// The size in bytes that each block was allocated with.
    pub allocated_size: usize,
    /// The alignment in bytes that each block was allocated with.
    pub allocated_align: usize,
    /// Where that was, and how many blocks there are.
    pub allocated_at: CallSite,
    /// The size in bytes that it was freed with.
    pub freed_size: usize,
    /// The alignment in bytes that it was freed with.
    pub freed_align: usize,
    /// Where that was.
    pub freed_at: CallSite,
}
