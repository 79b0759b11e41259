//! The blocks that a scope follows, found by their address.

use std::alloc::Layout;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::count::array::Array;
use crate::count::hash;

/// Orders what threads do with one address: a block is noted after it was allocated, and before it
/// is freed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Moment(usize);

impl Moment {
    pub(super) fn now() -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }
}

/// A block that is live and may turn out to be retained.
#[derive(Clone, Copy)]
pub(super) struct Block {
    pub(super) address: usize,
    pub(super) layout: Layout,
    pub(super) group: usize,
    pub(super) since: Moment,
}

/// Blocks, and an index of them by open addressing. An address may be there more than once: a block
/// may have been freed where nobody looked.
pub(super) struct Blocks {
    list: Array<Block>,
    /// A power of two of them, at most half of them in use: 0, or one more than a place in the
    /// list.
    index: Array<usize>,
}

impl Blocks {
    pub(super) const EMPTY: Self = Self { list: Array::EMPTY, index: Array::EMPTY };

    pub(super) fn len(&self) -> usize {
        self.list.len()
    }

    pub(super) fn as_slice(&self) -> &[Block] {
        self.list.as_slice()
    }

    pub(super) fn free(&mut self) {
        self.list.free();
        self.index.free();
    }

    /// Appends a block; false where the system has no memory left.
    #[must_use]
    pub(super) fn push(&mut self, block: Block) -> bool {
        let has_room = 2 * (self.len() + 1) <= self.index.len() || self.grow();
        if !has_room || !self.list.push(block) {
            return false;
        }
        self.enter(self.len() - 1);
        true
    }

    /// The newest block at an address of those that are wanted.
    pub(super) fn newest(&self, address: usize, is_wanted: impl Fn(&Block) -> bool) -> Option<usize> {
        if self.len() == 0 {
            return None;
        }
        let at_address = self.run(address).map(|(_, at)| (at, &self.as_slice()[at]));
        at_address
            .filter(|(_, block)| block.address == address && is_wanted(block))
            .max_by_key(|(_, block)| block.since)
            .map(|(at, _)| at)
    }

    /// Takes a block out, and puts the last one in its place.
    pub(super) fn swap_remove(&mut self, at: usize) {
        self.leave(self.place(at));
        let last = self.len() - 1;
        if at != last {
            let place = self.place(last);
            self.index.as_mut_slice()[place] = at + 1;
        }
        self.list.swap_remove(at);
    }

    /// Where an address would be.
    #[inline(always)]
    fn home(&self, address: usize) -> usize {
        hash::place(address as u64, self.index.len())
    }

    /// From where an address would be to the next gap: each place of the index, and what is there.
    fn run(&self, address: usize) -> impl Iterator<Item = (usize, usize)> {
        let index = self.index.as_slice();
        let places = (self.home(address)..).map(|place| place & (index.len() - 1));
        places
            .map(|place| (place, index[place]))
            .take_while(|(_, at)| *at > 0)
            .map(|(place, at)| (place, at - 1))
    }

    /// Where the index has a block.
    fn place(&self, at: usize) -> usize {
        let mut run = self.run(self.as_slice()[at].address);
        run.find(|(_, other)| *other == at).map_or(0, |(place, _)| place)
    }

    fn enter(&mut self, at: usize) {
        let address = self.as_slice()[at].address;
        let place = (self.home(address) + self.run(address).count()) & (self.index.len() - 1);
        self.index.as_mut_slice()[place] = at + 1;
    }

    /// Makes a gap, and closes it with what would not be found behind it.
    fn leave(&mut self, mut gap: usize) {
        let mask = self.index.len() - 1;
        let mut place = gap;
        loop {
            place = (place + 1) & mask;
            let Some(at) = self.index.as_slice()[place].checked_sub(1) else { break };
            let distance = |from: usize| place.wrapping_sub(from) & mask;
            if distance(self.home(self.as_slice()[at].address)) >= distance(gap) {
                self.index.as_mut_slice()[gap] = at + 1;
                gap = place;
            }
        }
        self.index.as_mut_slice()[gap] = 0;
    }

    #[cold]
    fn grow(&mut self) -> bool {
        let Some(index) = Array::filled(0, (2 * self.index.len()).max(16)) else { return false };
        self.index.free();
        self.index = index;
        (0..self.len()).for_each(|at| self.enter(at));
        true
    }
}

#[test]
fn any_number_of_blocks_is_found_by_address() {
    let block = |address| Block { address, layout: Layout::new::<u8>(), group: 0, since: Moment::now() };
    let mut blocks = Blocks::EMPTY;
    // Alike in what a hash would use of them, and each address twice.
    let addresses: Vec<usize> = (0..1000).map(|i| i % 500 * 4096).collect();
    for address in &addresses {
        assert!(blocks.push(block(*address)));
    }
    let mut expected = addresses.clone();
    for step in 0..1000 {
        let address = addresses[step * 7 % 1000];
        let found = blocks.newest(address, |_| true);
        let known = expected.iter().rposition(|other| *other == address);
        assert_eq!(found.is_some(), known.is_some());
        let (Some(found), Some(known)) = (found, known) else { continue };
        let newest = blocks.as_slice().iter().filter(|block| block.address == address);
        assert!(newest.map(|block| block.since).max() == Some(blocks.as_slice()[found].since));
        blocks.swap_remove(found);
        expected.remove(known);
    }
    assert_eq!((blocks.len(), expected.len()), (0, 0));
    assert!(blocks.newest(0, |_| true).is_none());
    blocks.free();
}
