//! A walk of the stack from inside the allocator.
//!
//! It takes no lock but on 32-bit Windows, and writes to memory of the system's allocator.
//! `std::backtrace` would not do: its lock is held while it allocates.

/// The innermost frames say where; a deeper stack is cut off.
const MAX_FRAMES: usize = 64;
/// The verdict is called from further inside than the budget's frame, but not so much.
const MAX_FRAMES_HERE: usize = 2 * MAX_FRAMES;

/// Whether a stack is one of addresses that can be resolved. Miri and WebAssembly have none.
pub(crate) const HAS_ADDRESSES: bool = !cfg!(any(miri, target_family = "wasm"));

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

/// The calling stack now.
pub(super) fn here() -> Vec<usize> {
    let mut frames = vec![0; MAX_FRAMES_HERE];
    let len = walk(&mut frames);
    frames.truncate(len);
    frames
}

/// Whether a stack was not cut off.
pub(super) fn is_whole(stack: &[usize]) -> bool {
    !matches!(stack.len(), MAX_FRAMES | MAX_FRAMES_HERE)
}

/// Miri has stacks, but not of addresses.
#[cfg(all(feature = "backtrace", not(miri)))]
fn walk(frames: &mut [usize]) -> usize {
    let mut len = 0;
    // SAFETY: each thread walks its own stack. Where the walk goes through a library that is not
    // thread-safe, dbghelp on 32-bit Windows, `backtrace` takes that library's lock itself.
    unsafe {
        backtrace::trace_unsynchronized(|frame| {
            frames[len] = frame.ip().addr();
            len += 1;
            len < frames.len()
        });
    }
    len
}

#[cfg(not(all(feature = "backtrace", not(miri))))]
fn walk(_: &mut [usize]) -> usize {
    0
}
