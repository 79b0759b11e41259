//! Where a key is looked for first in an index of open addressing.

/// A place among `len`, which is a power of two.
#[inline(always)]
#[allow(clippy::cast_possible_truncation)]
pub(crate) const fn place(key: u64, len: usize) -> usize {
    (key.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) as usize & (len - 1)
}
