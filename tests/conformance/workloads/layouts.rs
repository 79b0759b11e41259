//! Blocks asked for directly: every method of the allocator, alignments beyond malloc's own, and
//! random traces.

use std::alloc::{Layout, alloc, alloc_zeroed, dealloc, handle_alloc_error, realloc};
use std::hint::black_box;
use std::ptr::NonNull;

use super::{Workload, consume, leak, workload};

/// A block of the global allocator.
struct Block {
    start: NonNull<u8>,
    layout: Layout,
}

impl Block {
    fn new(size: usize, align: usize) -> Self {
        Self::with(size, align, alloc)
    }

    fn zeroed(size: usize, align: usize) -> Self {
        Self::with(size, align, alloc_zeroed)
    }

    fn with(size: usize, align: usize, method: unsafe fn(Layout) -> *mut u8) -> Self {
        assert_ne!(size, 0);
        let layout = Layout::from_size_align(size, align).unwrap();
        // SAFETY: both methods ask for nothing but a size that is not zero.
        let start = unsafe { method(layout) };
        Self { start: NonNull::new(black_box(start)).unwrap_or_else(|| handle_alloc_error(layout)), layout }
    }

    fn resize(&mut self, size: usize) {
        assert_ne!(size, 0);
        let layout = Layout::from_size_align(size, self.layout.align()).unwrap();
        // SAFETY: the block is live and has this layout; the new size is not zero and makes a valid
        // layout with the same alignment.
        let start = unsafe { realloc(self.start.as_ptr(), self.layout, size) };
        self.start = NonNull::new(black_box(start)).unwrap_or_else(|| handle_alloc_error(layout));
        self.layout = layout;
    }

    fn resized(mut self, size: usize) -> Self {
        self.resize(size);
        self
    }
}

impl Drop for Block {
    fn drop(&mut self) {
        // SAFETY: the block is live, has this layout, and nobody uses it any more.
        unsafe { dealloc(self.start.as_ptr(), self.layout) };
    }
}

/// The generator `SplitMix64`.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        // No `end` here comes near the width of the result.
        ((z ^ (z >> 31)) >> 32) as usize % end
    }

    /// Up to 64 KiB, small ones as frequent as large ones.
    fn size(&mut self) -> usize {
        let magnitude = self.below(17);
        1 + self.below(1 << magnitude)
    }

    /// Up to a page.
    fn align(&mut self) -> usize {
        1 << self.below(13)
    }
}

/// What is live after so many random steps, each an `alloc`, `alloc_zeroed`, `realloc` or
/// `dealloc`.
fn trace(seed: u64, steps: usize) -> [Option<Block>; 16] {
    let mut random = Random(seed);
    let mut slots = [const { None }; 16];
    for _ in 0..steps {
        let slot = &mut slots[random.below(16)];
        match (&mut *slot, random.below(2)) {
            (None, 0) => *slot = Some(Block::new(random.size(), random.align())),
            (None, _) => *slot = Some(Block::zeroed(random.size(), random.align())),
            (Some(block), 0) => block.resize(random.size()),
            (Some(_), _) => *slot = None,
        }
    }
    slots
}

pub(super) const TABLE: &[Workload] = &[
    workload("alloc", [1, 100, 0, 0], |_| consume(Block::new(100, 1))),
    workload("alloc, leaked", [1, 100, 1, 100], |_| leak(Block::new(100, 1))),
    workload("alloc, aligned to a cache line", [1, 100, 0, 0], |_| consume(Block::new(100, 64))),
    workload("alloc, aligned to a page", [1, 1, 0, 0], |_| consume(Block::new(1, 4096))),
    workload("alloc, aligned to a megabyte", [1, 100, 0, 0], |_| consume(Block::new(100, 1 << 20))),
    workload("alloc_zeroed", [1, 4096, 0, 0], |_| consume(Block::zeroed(4096, 8))),
    workload("alloc_zeroed, aligned to a page", [1, 4096, 0, 0], |_| consume(Block::zeroed(4096, 4096))),
    workload("realloc, growing", [2, 300, 1, 200], |_| leak(Block::new(100, 8).resized(200))),
    workload("realloc, shrinking", [2, 110, 1, 10], |_| leak(Block::new(100, 8).resized(10))),
    workload("realloc to the same size", [2, 200, 1, 100], |_| leak(Block::new(100, 8).resized(100))),
    workload("realloc of zeroed memory", [2, 300, 0, 0], |_| consume(Block::zeroed(100, 8).resized(200))),
    workload("realloc, aligned to a page", [2, 12288, 1, 8192], |_| {
        leak(Block::new(4096, 4096).resized(8192));
    }),
    workload("realloc, a hundred times", [101, 5051, 0, 0], |_| {
        let mut block = Block::new(1, 1);
        (1..=100).for_each(|size| block.resize(size));
        consume(block);
    }),
    workload("random trace 1, freed", [658, 2_182_945, 0, 0], |_| consume(trace(1, 1000))),
    workload("random trace 1, leaked", [658, 2_182_945, 12, 20_714], |_| leak(trace(1, 1000))),
    workload("random trace 2", [673, 2_149_473, 14, 83_731], |_| leak(trace(2, 1000))),
    workload("random trace 3", [660, 2_893_343, 10, 44_414], |_| leak(trace(3, 1000))),
    workload("random trace 4, short", [40, 80_635, 9, 37_409], |_| leak(trace(4, 50))),
    workload("random trace 5, long", [6651, 25_875_034, 10, 49_114], |_| leak(trace(5, 10_000))),
    workload("random trace 6, long", [6669, 26_011_772, 13, 63_268], |_| leak(trace(6, 10_000))),
];
