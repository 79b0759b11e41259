//! One event of the allocator.

use std::alloc::Layout;

use crate::count::counters::{Counters, signed};

/// One event of the allocator. Addresses and layouts, as the allocator saw them.
pub(crate) enum Event {
    Allocation { block: usize, layout: Layout },
    Reallocation { block: usize, layout: Layout, old_block: usize, old_layout: Layout },
    Deallocation { block: usize, layout: Layout },
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
            Self::Allocation { layout, .. } | Self::Reallocation { layout, .. } => signed(layout.size()),
            Self::Deallocation { .. } => 0,
        }
    }

    /// What it adds to the counters.
    pub(crate) fn counters(&self) -> Counters {
        let none = Counters::ZERO;
        match *self {
            Self::Allocation { layout, .. } => {
                let size = signed(layout.size());
                Counters { allocations: 1, bytes: size, live: size, ..none }
            }
            Self::Reallocation { layout, old_layout, .. } => Counters {
                allocations: 1,
                reallocations: 1,
                deallocations: 1,
                bytes: signed(layout.size()),
                live: signed(layout.size()) - signed(old_layout.size()),
            },
            Self::Deallocation { layout, .. } => {
                Counters { deallocations: 1, live: -signed(layout.size()), ..none }
            }
        }
    }
}
