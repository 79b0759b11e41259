//! What has been captured for one scope: stacks grouped by limit, and the blocks that may turn out
//! to be retained.

use std::alloc::Layout;

use crate::count::array::Array;
use crate::count::event::Event;
use crate::count::limit::Limit;
use crate::trace::blocks::{Block, Blocks, Moment};

/// More different stacks of a scope than this are only counted.
pub(super) const MAX_GROUPS: usize = 256;
/// More live blocks of a scope than this are not followed, where that is for its report only.
pub(super) const MAX_BLOCKS: usize = 4096;
pub(super) const RETAINED: u8 = Limit::RetainedBytes.bit();
const SURVIVING: u8 = Limit::SurvivingBytes.bit();
/// Limits of what is left at the end.
const FOLLOWED: u8 = RETAINED | SURVIVING;
const BLOCK: u8 = Limit::BlockBytes.bit();

/// Events with the same stack that passed the same limits.
#[derive(Clone, Copy)]
pub(super) struct Group {
    pub(super) hash: u64,
    pub(super) first_frame: usize,
    pub(super) frames: usize,
    /// For how many frames there is room.
    pub(super) room: usize,
    /// There was no room for the stacks of these.
    pub(super) is_rest: bool,
    pub(super) passed: u8,
    pub(super) traced: bool,
    pub(super) freed: bool,
    pub(super) events: Sum,
    /// Those of the blocks that have not been freed, as far as they are followed.
    pub(super) live: Sum,
    /// The blocks that are not followed.
    pub(super) unknown: Sum,
}

/// A number of events and their bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Sum {
    pub(crate) count: u64,
    pub(crate) bytes: u64,
}

impl Sum {
    pub(crate) const ZERO: Self = Self { count: 0, bytes: 0 };

    pub(super) fn add(&mut self, bytes: usize) {
        self.count += 1;
        self.bytes += bytes as u64;
    }

    pub(crate) fn merge(&mut self, other: Self) {
        self.count += other.count;
        self.bytes += other.bytes;
    }

    pub(super) fn subtract(&mut self, bytes: usize) {
        self.count -= 1;
        self.bytes -= bytes as u64;
    }
}

/// A block that was freed, and that whoever freed it did not know.
#[derive(Clone, Copy)]
pub(super) struct Freed {
    pub(super) address: usize,
    pub(super) at: Moment,
}

/// Blocks with the same stacks, allocated with one layout and freed with another.
#[derive(Clone, Copy)]
pub(super) struct Mismatch {
    pub(super) layouts: Layouts,
    /// Of both stacks, the allocation's first.
    pub(super) first_frame: usize,
    pub(super) frames: [usize; 2],
    pub(super) count: u64,
}

/// Of a block that was freed with another layout than it was allocated with.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Layouts {
    pub(super) allocated: Layout,
    pub(super) freed: Layout,
}

/// A block that has just been freed with another layout, until the stack is known.
#[derive(Clone, Copy)]
pub(super) struct Misfreed {
    pub(super) layouts: Layouts,
    pub(super) group: usize,
}

pub(super) struct Store {
    pub(super) groups: Array<Group>,
    pub(super) frames: Array<usize>,
    pub(super) blocks: Blocks,
    /// Blocks may be another thread's, which works for the same scope.
    pub(super) is_shared: bool,
    pub(super) freed: Array<Freed>,
    /// Of those past a limit on it.
    pub(super) largest_block: usize,
    /// What `exempt` has left out.
    pub(super) exempted: Sum,
    pub(super) misfreed: Option<Misfreed>,
    pub(super) mismatches: Array<Mismatch>,
    /// Bytes of blocks that may survive, which had no room at all.
    not_followed: u64,
    /// The system has refused what would have been past a limit.
    pub(super) was_refused: bool,
}

impl Store {
    pub(super) const EMPTY: Self = Self {
        groups: Array::EMPTY,
        frames: Array::EMPTY,
        blocks: Blocks::EMPTY,
        is_shared: false,
        freed: Array::EMPTY,
        largest_block: 0,
        exempted: Sum::ZERO,
        misfreed: None,
        mismatches: Array::EMPTY,
        not_followed: 0,
        was_refused: false,
    };

    pub(super) fn absorb(&mut self, others: &Self, limited: u8) {
        self.largest_block = self.largest_block.max(others.largest_block);
        self.not_followed += others.not_followed;
        for freed in others.freed.as_slice() {
            if !self.forget_freed(freed) {
                self.note_freed(*freed);
            }
        }
        for (at, other) in others.groups.as_slice().iter().enumerate() {
            let passed = other.passed & limited;
            if passed == 0 && !other.traced {
                continue;
            }
            let stack = &others.frames.as_slice()[other.first_frame..][..other.frames];
            let Some(group) = self.group(passed, other.traced, other.freed, stack) else { continue };
            let own = &mut self.groups.as_mut_slice()[group];
            own.events.merge(other.events);
            own.unknown.merge(other.unknown);
            if passed & FOLLOWED == 0 {
                continue;
            }
            for block in others.blocks.as_slice().iter().filter(|block| block.group == at) {
                let is_it = |freed: &Freed| freed.address == block.address && freed.at > block.since;
                match self.freed.as_slice().iter().position(is_it) {
                    Some(freed) => self.freed.swap_remove(freed),
                    None => self.follow(Block { group, ..*block }),
                }
            }
        }
    }

    /// Bytes of the blocks that may survive and have not been freed. Those that are not followed
    /// are taken for live.
    pub(super) fn surviving(&self) -> u64 {
        let may_survive = self.groups.as_slice().iter().filter(|group| group.passed & SURVIVING != 0);
        may_survive.map(|group| group.live.bytes + group.unknown.bytes).sum::<u64>() + self.not_followed
    }

    /// Strikes a block that others have freed off the list; false where it is not on it.
    pub(super) fn forget_freed(&mut self, freed: &Freed) -> bool {
        let newest = self.blocks.newest(freed.address, |block| block.since < freed.at);
        if let Some(at) = newest {
            self.forget(at);
        }
        newest.is_some()
    }

    pub(super) fn forget(&mut self, at: usize) {
        let Block { layout, group, .. } = self.blocks.as_slice()[at];
        self.blocks.swap_remove(at);
        self.groups.as_mut_slice()[group].live.subtract(layout.size());
    }

    pub(super) fn note_freed(&mut self, freed: Freed) {
        // Without room for it, a report may name the block's call site.
        let _ = self.freed.len() < MAX_BLOCKS && self.freed.push(freed);
    }

    pub(super) fn note(&mut self, event: &Event, passed: u8, traced: bool, stack: &[usize]) {
        let freed = event.is_deallocation();
        let (Event::Allocation { block: address, layout }
        | Event::Reallocation { block: address, layout, .. }
        | Event::Deallocation { block: address, layout }) = *event;
        let size = layout.size();
        if passed & BLOCK != 0 {
            self.largest_block = self.largest_block.max(size);
        }
        let Some(group) = self.group(passed, traced, freed, stack) else {
            self.not_followed += if passed & SURVIVING == 0 { 0 } else { size as u64 };
            return;
        };
        self.groups.as_mut_slice()[group].events.add(size);
        if passed & FOLLOWED != 0 {
            self.follow(Block { address, layout, group, since: Moment::now() });
        }
    }

    /// Follows a block until it is freed, as long as there is room.
    pub(super) fn follow(&mut self, block: Block) {
        let group = &mut self.groups.as_mut_slice()[block.group];
        let is_wanted = group.passed & SURVIVING != 0 || self.blocks.len() < MAX_BLOCKS;
        let is_followed = is_wanted && self.blocks.push(block);
        if is_followed { &mut group.live } else { &mut group.unknown }.add(block.layout.size());
    }

    /// The group of a stack, made where there is none yet; without room for it, the one of the
    /// rest. `None` where the system has no memory left.
    pub(super) fn group(&mut self, passed: u8, traced: bool, freed: bool, stack: &[usize]) -> Option<usize> {
        let hash = hash(stack);
        let (groups, frames) = (self.groups.as_slice(), self.frames.as_slice());
        let is_alike = |group: &Group| (group.passed, group.freed) == (passed, freed);
        let found = groups.iter().position(|group| {
            let is_same = group.hash == hash && is_alike(group) && !group.is_rest;
            is_same && frames[group.first_frame..][..group.frames] == *stack
        });
        if found.is_some() {
            return found;
        }
        let is_full = groups.len() >= MAX_GROUPS;
        let spent = if is_full { groups.iter().position(Group::is_spent) } else { None };
        let is_rest = is_full && spent.is_none();
        let rest = || groups.iter().position(|group| group.is_rest && is_alike(group));
        if let Some(rest) = is_rest.then(rest).flatten() {
            return Some(rest);
        }
        let stack = if is_rest { &[] } else { stack };
        // Of a spent group the frames are used again where they suffice.
        let reused = spent.map(|at| &groups[at]).filter(|group| group.room >= stack.len());
        let (first_frame, room) =
            reused.map_or((frames.len(), stack.len()), |group| (group.first_frame, group.room));
        if reused.is_some() {
            self.frames.as_mut_slice()[first_frame..][..stack.len()].copy_from_slice(stack);
        } else if !stack.iter().all(|frame| self.frames.push(*frame)) {
            return None;
        }
        let (frames, [events, live, unknown]) = (stack.len(), [Sum::ZERO; 3]);
        let group =
            Group { hash, first_frame, frames, room, is_rest, passed, traced, freed, events, live, unknown };
        if let Some(at) = spent {
            self.groups.as_mut_slice()[at] = group;
            return Some(at);
        }
        let at = self.groups.len();
        self.groups.push(group).then_some(at)
    }
}

/// FNV-1a over whole addresses: stacks differ in a few of them.
fn hash(stack: &[usize]) -> u64 {
    stack
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, frame| (hash ^ *frame as u64).wrapping_mul(0x0100_0000_01b3))
}

impl Group {
    /// The part of it that took the scope past one of the `exceeded` limits, and the part that may
    /// have.
    pub(super) fn offence(&self, exceeded: u8) -> (Sum, Sum) {
        if self.traced || self.passed & exceeded & !FOLLOWED != 0 {
            (self.events, Sum::ZERO)
        } else if self.passed & exceeded & FOLLOWED != 0 {
            (self.live, self.unknown)
        } else {
            (Sum::ZERO, Sum::ZERO)
        }
    }

    /// Whether it can't be part of any report any more.
    pub(super) fn is_spent(&self) -> bool {
        let is_about_live_blocks = self.passed != 0 && self.passed & !FOLLOWED == 0 && !self.traced;
        is_about_live_blocks && self.live.count == 0 && self.unknown.count == 0
    }
}
