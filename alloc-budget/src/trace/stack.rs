//! A walk of the stack from inside the allocator.
//!
//! It takes no lock but on 32-bit Windows, and writes to memory of the system's allocator.
//! `std::backtrace` would not do: its lock is held while it allocates.

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
    // SAFETY: each thread walks its own stack. Where the walk goes through a library that is not
    // thread-safe, dbghelp on 32-bit Windows, `backtrace` takes that library's lock itself.
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
