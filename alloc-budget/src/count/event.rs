//! One event of the allocator.

use crate::count::counters::{Counters, signed};

/// One event of the allocator. Addresses and sizes, as the allocator saw them.
pub(crate) enum Event {
    Allocation { block: usize, size: usize },
    Reallocation { block: usize, size: usize, old_block: usize, old_size: usize },
    Deallocation { block: usize, size: usize },
}

impl Event {
    pub(crate) fn is_deallocation(&self) -> bool {
        matches!(self, Self::Deallocation { .. })
    }

    pub(crate) fn frees(&self) -> bool {
        !matches!(self, Self::Allocation { .. })
    }

    /// How large a block it asks for.
    pub(crate) fn block_size(&self) -> i64 {
        match *self {
            Self::Allocation { size, .. } | Self::Reallocation { size, .. } => signed(size),
            Self::Deallocation { .. } => 0,
        }
    }

    /// What it adds to the counters.
    pub(crate) fn counters(&self) -> Counters {
        let none = Counters::ZERO;
        match *self {
            Self::Allocation { size, .. } => {
                Counters { allocations: 1, bytes: signed(size), live: signed(size), ..none }
            }
            Self::Reallocation { size, old_size, .. } => Counters {
                allocations: 1,
                reallocations: 1,
                deallocations: 1,
                bytes: signed(size),
                live: signed(size) - signed(old_size),
            },
            Self::Deallocation { size, .. } => Counters { deallocations: 1, live: -signed(size), ..none },
        }
    }
}
