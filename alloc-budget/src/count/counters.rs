//! What has happened, and what may still happen, as numbers.

/// More than a thread can use up, and little enough to be added to itself a few times.
pub(crate) const PLENTY: i64 = i64::MAX / 4;

/// A layout's size, which is at most `isize::MAX`.
#[inline(always)]
#[allow(clippy::cast_possible_wrap)]
pub(crate) const fn signed(size: usize) -> i64 {
    size as i64
}

/// `u64::cast_signed`, which the oldest compiler of ours has not.
#[inline(always)]
#[allow(clippy::cast_possible_wrap)]
pub(crate) const fn cast_signed(number: u64) -> i64 {
    number as i64
}

/// `i64::cast_unsigned`, likewise.
#[inline(always)]
#[allow(clippy::cast_sign_loss)]
pub(crate) const fn cast_unsigned(number: i64) -> u64 {
    number as u64
}

/// What may happen until an event is worth a closer look.
#[derive(Clone, Copy)]
pub(crate) struct Left {
    pub(crate) allocations: i64,
    pub(crate) reallocations: i64,
    pub(crate) deallocations: i64,
    pub(crate) bytes: i64,
}

impl Left {
    pub(crate) const NOTHING: Self = Self { allocations: 0, reallocations: 0, deallocations: 0, bytes: 0 };
    pub(crate) const PLENTY: Self =
        Self { allocations: PLENTY, reallocations: PLENTY, deallocations: PLENTY, bytes: PLENTY };

    // Wrapping: what many scopes withhold in exempt stretches in each other is more than there is
    // room for. Only differences matter.
    pub(crate) fn plus(&self, other: &Self) -> Self {
        Self {
            allocations: self.allocations.wrapping_add(other.allocations),
            reallocations: self.reallocations.wrapping_add(other.reallocations),
            deallocations: self.deallocations.wrapping_add(other.deallocations),
            bytes: self.bytes.wrapping_add(other.bytes),
        }
    }

    pub(crate) fn less(&self, other: &Self) -> Self {
        Self {
            allocations: self.allocations.wrapping_sub(other.allocations),
            reallocations: self.reallocations.wrapping_sub(other.reallocations),
            deallocations: self.deallocations.wrapping_sub(other.deallocations),
            bytes: self.bytes.wrapping_sub(other.bytes),
        }
    }
}

/// What has happened. Signed, so that a sum across exempt and resumed stretches stays ordinary
/// arithmetic.
#[derive(Clone, Copy)]
pub(crate) struct Counters {
    pub(crate) allocations: i64,
    pub(crate) reallocations: i64,
    pub(crate) deallocations: i64,
    pub(crate) bytes: i64,
    pub(crate) live: i64,
}

impl Counters {
    pub(crate) const ZERO: Self =
        Self { allocations: 0, reallocations: 0, deallocations: 0, bytes: 0, live: 0 };

    pub(crate) fn new(used: &Left, live: i64) -> Self {
        Self {
            allocations: used.allocations,
            reallocations: used.reallocations,
            deallocations: used.deallocations,
            bytes: used.bytes,
            live,
        }
    }

    pub(crate) fn used(&self) -> Left {
        Left {
            allocations: self.allocations,
            reallocations: self.reallocations,
            deallocations: self.deallocations,
            bytes: self.bytes,
        }
    }

    pub(crate) fn plus(&self, other: &Self) -> Self {
        Self::new(&self.used().plus(&other.used()), self.live + other.live)
    }

    pub(crate) fn less(&self, other: &Self) -> Self {
        Self::new(&self.used().less(&other.used()), self.live - other.live)
    }
}
