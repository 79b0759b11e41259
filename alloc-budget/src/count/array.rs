//! A growable array outside the global allocator, for what the crate must remember while it is
//! being asked for memory itself.

use std::alloc::{GlobalAlloc, Layout, System};
use std::ptr;

/// Elements in memory of [`System`]. Without a destructor, so that a thread-local may hold one:
/// whoever owns it calls [`Array::free`].
pub(crate) struct Array<T: Copy> {
    start: *mut T,
    len: usize,
    capacity: usize,
}

// SAFETY: it owns its elements, and memory of `System` belongs to no thread.
unsafe impl<T: Copy + Send> Send for Array<T> {}
// SAFETY: a shared one gives shared references to its elements, and nothing else.
unsafe impl<T: Copy + Sync> Sync for Array<T> {}

impl<T: Copy> Array<T> {
    pub(crate) const EMPTY: Self = Self { start: ptr::null_mut(), len: 0, capacity: 0 };

    /// So many of a value; `None` where the system has no memory left.
    pub(crate) fn filled(value: T, len: usize) -> Option<Self> {
        let mut array = Self::EMPTY;
        while array.len < len {
            if !array.push(value) {
                array.free();
                return None;
            }
        }
        Some(array)
    }

    #[inline(always)]
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    #[inline(always)]
    pub(crate) fn is_full(&self) -> bool {
        self.len == self.capacity
    }

    /// Appends a value; false where the system has no memory left.
    #[must_use]
    pub(crate) fn push(&mut self, value: T) -> bool {
        if self.is_full() && !self.grow() {
            return false;
        }
        // SAFETY: `len < capacity` by the line above, and the memory holds `capacity` elements.
        unsafe { self.start.add(self.len).write(value) };
        self.len += 1;
        true
    }

    /// Where the elements are. Valid beside references to them that are made later.
    #[inline(always)]
    pub(crate) fn as_mut_ptr(&self) -> *mut T {
        self.start
    }

    pub(crate) fn swap_remove(&mut self, index: usize) {
        let last = self.as_slice()[self.len - 1];
        self.as_mut_slice()[index] = last;
        self.len -= 1;
    }

    #[inline(always)]
    pub(crate) fn as_slice(&self) -> &[T] {
        if self.start.is_null() {
            return &[];
        }
        // SAFETY: the first `len` elements of the memory are initialised, and borrowed with `self`.
        unsafe { std::slice::from_raw_parts(self.start, self.len) }
    }

    #[inline(always)]
    pub(crate) fn as_mut_slice(&mut self) -> &mut [T] {
        if self.start.is_null() {
            return &mut [];
        }
        // SAFETY: the first `len` elements of the memory are initialised, and borrowed with `self`
        // alone.
        unsafe { std::slice::from_raw_parts_mut(self.start, self.len) }
    }

    /// Makes room for at least one more element; false where the system has no memory left.
    #[cold]
    #[must_use]
    pub(crate) fn grow(&mut self) -> bool {
        let capacity = (self.capacity * 2).max(8);
        let Ok(layout) = Layout::array::<T>(capacity) else { return false };
        let start = if self.capacity == 0 {
            // SAFETY: the layout is not empty: no `T` here has size zero.
            unsafe { System.alloc(layout) }
        } else {
            let Ok(old) = Layout::array::<T>(self.capacity) else { return false };
            // SAFETY: the memory came from `System` with the layout `old`; the new size is not zero
            // and, as it is that of a layout, does not overflow.
            unsafe { System.realloc(self.start.cast(), old, layout.size()) }
        };
        if start.is_null() {
            return false;
        }
        self.start = start.cast();
        self.capacity = capacity;
        true
    }

    /// Gives the memory back and leaves the array empty.
    pub(crate) fn free(&mut self) {
        if let (1.., Ok(layout)) = (self.capacity, Layout::array::<T>(self.capacity)) {
            // SAFETY: the memory came from `System` with this layout, and nobody else has it.
            unsafe { System.dealloc(self.start.cast(), layout) };
        }
        *self = Self::EMPTY;
    }
}
