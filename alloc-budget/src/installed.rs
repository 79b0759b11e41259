//! Is a counting allocator installed?

use std::alloc::Layout;
use std::hint::black_box;

use crate::exempt::{Exempt, counters};

/// Whether the program's global allocator is a [`CountingAllocator`](crate::CountingAllocator), so that budgets
/// can be checked. Finds out by allocating a block and looking whether it was counted.
///
/// ```
/// assert!(alloc_budget::is_installed());
/// ```
pub fn is_installed() -> bool {
    let _exempt = Exempt::enter();
    let before = counters().allocations;
    let layout = Layout::new::<usize>();
    // SAFETY: the layout has a size that is not zero.
    let block = black_box(unsafe { std::alloc::alloc(layout) });
    if block.is_null() {
        std::alloc::handle_alloc_error(layout);
    }
    let counted = counters().allocations != before;
    // SAFETY: the block was allocated with this layout, and is not used again.
    unsafe { std::alloc::dealloc(block, layout) };
    counted
}
