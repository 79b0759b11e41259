//! Call sites: stacks are captured inside the allocator, and resolved to source lines outside of it.
//!
//! Capturing walks the stack, without a lock but on 32-bit Windows, and writes to memory of the system's allocator.
//! `std::backtrace` would not do: its lock is held while it allocates.

use std::alloc::{GlobalAlloc, Layout, System};
use std::ptr;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::array::Array;
use crate::budget::Limit;
use crate::symbols::Symbols;
use crate::tripped::Event;

/// More different stacks of a scope than this are only counted.
const MAX_GROUPS: usize = 256;
/// More live blocks of a scope than this are not followed.
const MAX_BLOCKS: usize = 4096;
const RETAINED: u8 = Limit::RetainedBytes.bit();
/// The innermost frames say where; a deeper stack is cut off.
const MAX_FRAMES: usize = 64;

/// The calling stack as return addresses, innermost first; captured when first asked for.
pub(crate) struct Stack {
    frames: [usize; MAX_FRAMES],
    len: Option<usize>,
}

impl Stack {
    pub(crate) const EMPTY: Self = Self { frames: [0; MAX_FRAMES], len: None };

    pub(crate) fn get(&mut self) -> &[usize] {
        let len = *self.len.get_or_insert_with(|| walk(&mut self.frames));
        &self.frames[..len]
    }
}

#[cfg(feature = "backtrace")]
fn walk(frames: &mut [usize; MAX_FRAMES]) -> usize {
    let mut len = 0;
    // SAFETY: each thread walks its own stack. Where the walk goes through a library that is not thread-safe, dbghelp
    // on 32-bit Windows, `backtrace` takes that library's lock itself.
    unsafe {
        backtrace::trace_unsynchronized(|frame| {
            frames[len] = frame.ip().addr();
            len += 1;
            len < MAX_FRAMES
        });
    }
    len
}

#[cfg(not(feature = "backtrace"))]
fn walk(_: &mut [usize; MAX_FRAMES]) -> usize {
    0
}

/// Events with the same stack that passed the same limits.
#[derive(Clone, Copy)]
struct Group {
    hash: u64,
    first_frame: usize,
    frames: usize,
    /// For how many frames there is room.
    room: usize,
    /// There was no room for the stacks of these.
    is_rest: bool,
    passed: u8,
    traced: bool,
    freed: bool,
    events: Sum,
    /// Those of the blocks that have not been freed, as far as they are followed.
    live: Sum,
    /// The blocks that are not followed.
    unknown: Sum,
}

/// A number of events and their bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Sum {
    pub(crate) count: u64,
    pub(crate) bytes: u64,
}

impl Sum {
    const ZERO: Self = Self { count: 0, bytes: 0 };

    fn add(&mut self, bytes: usize) {
        self.count += 1;
        self.bytes += bytes as u64;
    }

    fn merge(&mut self, other: Self) {
        self.count += other.count;
        self.bytes += other.bytes;
    }

    fn subtract(&mut self, bytes: usize) {
        self.count -= 1;
        self.bytes -= bytes as u64;
    }
}

/// A block that is live and may turn out to be retained.
#[derive(Clone, Copy)]
struct Block {
    address: usize,
    size: usize,
    group: usize,
    since: Moment,
}

/// A block that was freed, and that whoever freed it did not know.
#[derive(Clone, Copy)]
struct Freed {
    address: usize,
    at: Moment,
}

/// Orders what threads do with one address: a block is noted after it was allocated, and before it is freed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Moment(usize);

impl Moment {
    fn now() -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }
}

struct Store {
    groups: Array<Group>,
    frames: Array<usize>,
    blocks: Array<Block>,
    /// Blocks may be another thread's, which works for the same scope.
    is_shared: bool,
    freed: Array<Freed>,
}

/// What a scope has captured: nothing, in no memory, until something is noted. Whoever has it last calls
/// [`Captures::free`] or [`Captures::resolve`].
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
    fn store(&mut self) -> Option<&mut Store> {
        if self.0.is_null() {
            // SAFETY: the layout of a store has a size that is not zero.
            let store: *mut Store = unsafe { System.alloc(Layout::new::<Store>()) }.cast();
            if store.is_null() {
                return None;
            }
            // SAFETY: fresh memory of the right layout.
            unsafe { store.write(Store::EMPTY) };
            self.0 = store;
        }
        // SAFETY: not null, so it is a store that nobody else has, by this type's contract.
        Some(unsafe { &mut *self.0 })
    }

    fn existing(&self) -> Option<&Store> {
        // SAFETY: null, or a store that nobody else has, by this type's contract.
        unsafe { self.0.as_ref() }
    }

    /// Notes where an event came from.
    pub(crate) fn note(&mut self, event: &Event, passed: u8, traced: bool, stack: &[usize]) {
        if let Some(store) = self.store() {
            store.note(event, passed, traced, stack);
        }
    }

    /// Notes from now on which blocks are freed that others, who work for the same scope, may follow.
    pub(crate) fn share_blocks(&mut self) {
        if let Some(store) = self.store() {
            store.is_shared = true;
        }
    }

    /// Whether deallocations matter to what has been noted.
    pub(crate) fn watches_blocks(self) -> bool {
        self.existing().is_some_and(|store| store.is_shared || store.blocks.len() > 0)
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
        // The newest block is the most likely one.
        let at = store.blocks.as_slice().iter().rposition(|block| block.address == freed);
        if let Some(at) = at {
            store.forget(at);
        } else if store.is_shared {
            store.note_freed(Freed { address: freed, at: Moment::now() });
        }
    }

    /// Strikes the blocks that others have freed off the list of live ones.
    pub(crate) fn forget_what_others_freed(&mut self, others: Self) {
        if let Some(others) = others.existing()
            && !self.is_none()
            && let Some(store) = self.store()
        {
            for freed in others.freed.as_slice() {
                store.forget_freed(freed);
            }
        }
    }

    /// Takes in a copy of what others have captured, as far as it is about the limits whose bits are set.
    pub(crate) fn absorb(&mut self, others: Self, limited: u8) {
        if let Some(others) = others.existing()
            && limited != 0
            && let Some(store) = self.store()
        {
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
        }
        // SAFETY: the memory came from `System` with this layout, and nobody else has it.
        unsafe { System.dealloc(self.0.cast(), Layout::new::<Store>()) };
        *self = Self::NONE;
    }
}

impl Store {
    const EMPTY: Self = Self {
        groups: Array::EMPTY,
        frames: Array::EMPTY,
        blocks: Array::EMPTY,
        is_shared: false,
        freed: Array::EMPTY,
    };

    fn absorb(&mut self, others: &Self, limited: u8) {
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
            if passed & RETAINED == 0 {
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

    /// Strikes a block that others have freed off the list; false where it is not on it.
    fn forget_freed(&mut self, freed: &Freed) -> bool {
        let blocks = self.blocks.as_slice().iter().enumerate();
        let newest = blocks
            .filter(|(_, block)| block.address == freed.address && block.since < freed.at)
            .max_by_key(|(_, block)| block.since)
            .map(|(at, _)| at);
        if let Some(at) = newest {
            self.forget(at);
        }
        newest.is_some()
    }

    fn forget(&mut self, at: usize) {
        let Block { size, group, .. } = self.blocks.as_slice()[at];
        self.blocks.swap_remove(at);
        self.groups.as_mut_slice()[group].live.subtract(size);
    }

    fn note_freed(&mut self, freed: Freed) {
        // Without room for it, a report may name the block's call site.
        let _ = self.freed.len() < MAX_BLOCKS && self.freed.push(freed);
    }

    fn note(&mut self, event: &Event, passed: u8, traced: bool, stack: &[usize]) {
        let (address, size, freed) = match *event {
            Event::Allocation { block, size } | Event::Reallocation { block, size, .. } => {
                (block, size, false)
            }
            Event::Deallocation { block, size } => (block, size, true),
        };
        let Some(group) = self.group(passed, traced, freed, stack) else { return };
        self.groups.as_mut_slice()[group].events.add(size);
        if passed & RETAINED != 0 {
            self.follow(Block { address, size, group, since: Moment::now() });
        }
    }

    /// Follows a block until it is freed, as long as there is room.
    fn follow(&mut self, block: Block) {
        let is_followed = self.blocks.len() < MAX_BLOCKS && self.blocks.push(block);
        let group = &mut self.groups.as_mut_slice()[block.group];
        if is_followed { &mut group.live } else { &mut group.unknown }.add(block.size);
    }

    /// The group of a stack, made where there is none yet; without room for it, the one of the rest. `None` where
    /// the system has no memory left.
    fn group(&mut self, passed: u8, traced: bool, freed: bool, stack: &[usize]) -> Option<usize> {
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
        if is_rest && let Some(rest) = groups.iter().position(|group| group.is_rest && is_alike(group)) {
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

/// A place in the source that allocated, or freed, past a limit.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct CallSite {
    pub(crate) file: Option<String>,
    pub(crate) line: u32,
    pub(crate) column: u32,
    pub(crate) function: String,
    pub(crate) via: Vec<String>,
    pub(crate) freed: bool,
    pub(crate) count: u64,
    pub(crate) bytes: u64,
}

impl CallSite {
    /// The source file, relative to the workspace where it is in it; `None` without debug information.
    pub fn file(&self) -> Option<&str> {
        self.file.as_deref()
    }

    /// The line, from 1; 0 where it is not known.
    pub fn line(&self) -> u32 {
        self.line
    }

    /// The column, from 1; 0 where it is not known.
    pub fn column(&self) -> u32 {
        self.column
    }

    /// The function that the line is in.
    pub fn function(&self) -> &str {
        &self.function
    }

    /// What the line called, on the way to the allocator: the first function, and the last one that is public.
    pub fn via(&self) -> &[String] {
        &self.via
    }

    /// Whether blocks were freed here. Otherwise they were allocated.
    pub fn is_deallocation(&self) -> bool {
        self.freed
    }

    /// The number of blocks.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Their bytes, summed.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }
}

impl Captures {
    /// The call sites of what took the scope past the `exceeded` limits, most bytes first, and the sum of what
    /// had no room. Frees the captures.
    pub(crate) fn resolve(mut self, exceeded: u8, symbols: &mut Symbols<'_>) -> (Vec<CallSite>, Sum) {
        let mut sites: Vec<CallSite> = Vec::new();
        let mut left_out = Sum::ZERO;
        if let Some(store) = self.existing() {
            for group in store.groups.as_slice() {
                let (offence, unknown) = group.offence(exceeded);
                left_out.merge(unknown);
                if group.is_rest {
                    left_out.merge(offence);
                } else if offence.count > 0 {
                    let stack = &store.frames.as_slice()[group.first_frame..][..group.frames];
                    let mut site = symbols.call_site(stack, group.freed);
                    if let Some(known) = sites.iter_mut().find(|known| known.is_same_place(&site)) {
                        known.add(offence);
                    } else {
                        site.add(offence);
                        sites.push(site);
                    }
                }
            }
        }
        self.free();
        sites.sort_by(|a, b| b.bytes.cmp(&a.bytes).then_with(|| a.cmp(b)));
        (sites, left_out)
    }
}

impl Group {
    /// The part of it that took the scope past one of the `exceeded` limits, and the part that may have.
    fn offence(&self, exceeded: u8) -> (Sum, Sum) {
        if self.traced || self.passed & exceeded & !RETAINED != 0 {
            (self.events, Sum::ZERO)
        } else if self.passed & exceeded & RETAINED != 0 {
            (self.live, self.unknown)
        } else {
            (Sum::ZERO, Sum::ZERO)
        }
    }

    /// Whether it can't be part of any report any more.
    fn is_spent(&self) -> bool {
        let is_about_live_blocks = self.passed == RETAINED && !self.traced;
        is_about_live_blocks && self.live.count == 0 && self.unknown.count == 0
    }
}

impl CallSite {
    /// `file:line:column`, as far as they are known: the debug information of Windows has no columns.
    pub(crate) fn place(&self) -> Option<String> {
        let mut place = self.file.clone()?;
        for number in [self.line, self.column].into_iter().take_while(|number| *number > 0) {
            place.push(':');
            place.push_str(&number.to_string());
        }
        Some(place)
    }

    fn is_same_place(&self, other: &Self) -> bool {
        let place = |site: &Self| (site.line, site.column, site.freed);
        place(self) == place(other)
            && self.file == other.file
            && self.function == other.function
            && self.via == other.via
    }

    fn add(&mut self, sum: Sum) {
        self.count += sum.count;
        self.bytes += sum.bytes;
    }
}

#[cfg(test)]
mod tests {
    use super::{
        Block, CallSite, Event, Freed, Group, Limit, MAX_BLOCKS, MAX_GROUPS, Moment, RETAINED, Store,
    };

    const ALLOCATIONS: u8 = Limit::Allocations.bit();
    const BYTES: u8 = Limit::Bytes.bit();

    /// Notes a block that passed some limits at a stack.
    fn note(store: &mut Store, block: usize, passed: u8, stack: &[usize]) {
        store.note(&Event::Allocation { block, size: 10 }, passed, false, stack);
    }

    /// What each group passed, and how many events, live blocks and unknown blocks it has.
    fn groups(store: &Store) -> Vec<(u8, u64, u64, u64)> {
        let row = |group: &Group| (group.passed, group.events.count, group.live.count, group.unknown.count);
        store.groups.as_slice().iter().map(row).collect()
    }

    fn freed(address: usize) -> Freed {
        Freed { address, at: Moment::now() }
    }

    fn free(mut store: Store) {
        store.groups.free();
        store.frames.free();
        store.blocks.free();
        store.freed.free();
    }

    #[test]
    fn a_group_is_of_one_stack_and_what_it_passed() {
        let mut store = Store::EMPTY;
        for (passed, stack) in [
            (ALLOCATIONS, [1, 2]),
            (ALLOCATIONS, [1, 2]),
            (BYTES, [1, 2]),
            (ALLOCATIONS, [1, 3]),
            (ALLOCATIONS, [1, 2]),
        ] {
            note(&mut store, 1, passed, &stack);
        }
        assert_eq!(groups(&store), [(ALLOCATIONS, 3, 0, 0), (BYTES, 1, 0, 0), (ALLOCATIONS, 1, 0, 0)]);
        assert_eq!(store.blocks.len(), 0, "no block of these may be retained");
        store.note(&Event::Deallocation { block: 1, size: 10 }, ALLOCATIONS, false, &[1, 2]);
        assert_eq!(groups(&store).len(), 4);
        free(store);
    }

    #[test]
    fn only_live_blocks_are_an_offence_against_what_may_be_retained() {
        let mut store = Store::EMPTY;
        for block in 0..3 {
            note(&mut store, block, ALLOCATIONS | RETAINED, &[1]);
        }
        store.forget(0);
        let count = |exceeded| {
            let (offence, unknown) = store.groups.as_slice()[0].offence(exceeded);
            (offence.count, unknown.count)
        };
        assert_eq!([RETAINED, ALLOCATIONS, BYTES].map(count), [(2, 0), (3, 0), (0, 0)]);
        free(store);
    }

    #[test]
    fn a_place_is_as_exact_as_is_known() {
        for (file, line, column, place) in [
            (Some("a.rs"), 3, 5, Some("a.rs:3:5")),
            (Some("a.rs"), 3, 0, Some("a.rs:3")),
            (Some("a.rs"), 0, 0, Some("a.rs")),
            (None, 3, 5, None),
        ] {
            let file = file.map(str::to_owned);
            let site = CallSite {
                file,
                line,
                column,
                function: String::new(),
                via: vec![],
                freed: false,
                count: 1,
                bytes: 1,
            };
            assert_eq!(site.place().as_deref(), place);
        }
    }

    #[test]
    fn stacks_without_room_are_counted_by_what_they_passed() {
        let mut store = Store::EMPTY;
        for stack in 0..MAX_GROUPS + 3 {
            note(&mut store, 1, ALLOCATIONS, &[stack]);
        }
        note(&mut store, 1, BYTES, &[0]);
        note(&mut store, 1, ALLOCATIONS, &[0]);
        let groups = groups(&store);
        assert_eq!(groups.len(), MAX_GROUPS + 2);
        assert_eq!(groups[0], (ALLOCATIONS, 2, 0, 0));
        assert_eq!(groups[MAX_GROUPS..], [(ALLOCATIONS, 3, 0, 0), (BYTES, 1, 0, 0)]);
        let is_rest = |at: usize| store.groups.as_slice()[at].is_rest;
        assert!(!is_rest(MAX_GROUPS - 1) && is_rest(MAX_GROUPS));
        assert_eq!(store.frames.len(), MAX_GROUPS);
        free(store);
    }

    #[test]
    fn the_room_of_what_is_freed_is_used_again() {
        let mut store = Store::EMPTY;
        for stack in 0..MAX_GROUPS {
            note(&mut store, stack, RETAINED, &[stack, 1]);
        }
        store.forget(7);
        note(&mut store, 1_000, RETAINED, &[1_000]);
        assert_eq!((store.groups.len(), store.frames.len()), (MAX_GROUPS, 2 * MAX_GROUPS));
        assert_eq!(groups(&store)[7], (RETAINED, 1, 1, 0));
        // More frames than there is room for, of a group that still has room for two.
        let at = store.blocks.as_slice().iter().position(|block| block.address == 1_000).unwrap();
        store.forget(at);
        note(&mut store, 1_001, RETAINED, &[1, 2, 3]);
        assert_eq!((store.groups.len(), store.frames.len()), (MAX_GROUPS, 2 * MAX_GROUPS + 3));
        // Of a group that something else is to be said about, nothing is.
        let at = store.blocks.as_slice().iter().position(|block| block.address == 3).unwrap();
        store.groups.as_mut_slice()[store.blocks.as_slice()[at].group].unknown.add(1);
        store.forget(at);
        note(&mut store, 1_002, RETAINED, &[1_002]);
        assert_eq!(store.groups.len(), MAX_GROUPS + 1);
        free(store);
    }

    #[test]
    fn so_many_blocks_are_followed_and_no_more() {
        let mut store = Store::EMPTY;
        for block in 0..=MAX_BLOCKS {
            note(&mut store, block, RETAINED, &[1]);
            store.note_freed(freed(block));
        }
        let [blocks, unknown] = [MAX_BLOCKS as u64, 1];
        assert_eq!(groups(&store), [(RETAINED, blocks + 1, blocks, unknown)]);
        assert_eq!((store.blocks.len(), store.freed.len()), (MAX_BLOCKS, MAX_BLOCKS));
        free(store);
    }

    #[test]
    fn of_others_only_what_concerns_the_limits_is_taken_in() {
        let (mut store, mut others) = (Store::EMPTY, Store::EMPTY);
        note(&mut others, 1, ALLOCATIONS, &[1]);
        note(&mut others, 2, ALLOCATIONS | RETAINED, &[2]);
        note(&mut others, 3, RETAINED, &[3]);
        store.absorb(&others, ALLOCATIONS);
        assert_eq!(groups(&store), [(ALLOCATIONS, 1, 0, 0), (ALLOCATIONS, 1, 0, 0)]);
        assert_eq!(store.blocks.len(), 0);
        store.absorb(&others, RETAINED);
        assert_eq!(groups(&store)[2..], [(RETAINED, 1, 1, 0), (RETAINED, 1, 1, 0)]);
        free(store);
        free(others);
    }

    #[test]
    fn a_block_is_freed_by_whoever_frees_it_later_at_its_address() {
        let (mut store, mut others) = (Store::EMPTY, Store::EMPTY);
        store.note_freed(freed(1));
        note(&mut others, 1, RETAINED, &[1]);
        note(&mut others, 2, RETAINED, &[1]);
        store.note_freed(freed(2));
        store.absorb(&others, RETAINED);
        let live: Vec<_> = store.blocks.as_slice().iter().map(|block: &Block| block.address).collect();
        assert_eq!((live, store.freed.len()), (vec![1], 1));

        // The other way round, and the newest of two at one address.
        note(&mut store, 1, RETAINED, &[2]);
        let later = freed(1);
        note(&mut store, 1, RETAINED, &[3]);
        assert!(store.forget_freed(&later));
        assert_eq!(groups(&store), [(RETAINED, 2, 1, 0), (RETAINED, 1, 0, 0), (RETAINED, 1, 1, 0)]);
        assert!(!store.forget_freed(&freed(3)));
        free(store);
        free(others);
    }
}
