//! One event, counted on the thread that it happens on.

/// Counts an event of the calling thread's. A macro, because an unoptimised build copies the
/// arguments even of what it inlines.
///
/// The closer look returns the block, so that the usual way need not keep it in a register that
/// survives calls.
macro_rules! count {
    (alloc $block:ident, $layout:ident) => {
        if is_null!($block) || tally!().allocated(signed($layout.size())) < 0 {
            $block = trip::allocation($block, $layout);
        }
    };
    (alloc_zeroed $block:ident, $layout:ident) => {
        // Apart, because `System` knows early that it has no block, and two ways to one place would
        // cost the other way a register.
        if is_null!($block) {
            trip::no_zeroed($layout);
        } else if tally!().allocated(signed($layout.size())) < 0 {
            $block = trip::allocation($block, $layout);
        }
    };
    (realloc $old:ident, $layout:ident, $block:ident, $new_size:ident) => {
        if is_null!($block) || tally!().reallocated(signed($layout.size()), signed($new_size)) < 0 {
            $block = trip::reallocation($old, $layout, $block, $new_size);
        }
    };
}
pub(super) use count;

/// The calling thread's tally, for one event.
macro_rules! tally {
    () => {{
        // SAFETY: counting is arithmetic, which allocates nothing. The reference is gone before the
        // event is looked at closer, and it is not there while `A` is called, which may come back.
        unsafe { &mut thread::current_mut().tally }
    }};
}
pub(super) use tally;

/// As the method, without the calls that an unoptimised build makes of it.
macro_rules! is_null {
    ($block:ident) => {
        $block as usize == 0
    };
}
pub(super) use is_null;
