//! What may be in eight bytes, as far as the code tells.

use std::rc::Rc;

use crate::image::{Address, ExternalId};
use crate::instruction::ones;

/// What may be in eight bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Abstract {
    Unknown,
    /// One of these numbers, which addresses are too: sorted, and at least one.
    OneOf(Rc<[u64]>),
    /// The address of another file's symbol.
    External(ExternalId),
    /// So far from where the stack pointer was when the function began.
    Stack(i64),
    /// An entry of a table of offsets, of which only the begin is known.
    Entry(Address),
    /// The lower bits, so many of them, are not above this.
    UpTo {
        max: u64,
        bits: u8,
    },
}

/// How many values are kept apart where two ways meet.
const ALTERNATIVES: usize = 8;
/// The longest table that is read. A switch over a byte has 256 entries.
const ENTRIES: usize = 1024;

impl Abstract {
    pub(crate) fn constant(value: u64) -> Self {
        Self::OneOf(Rc::from([value]))
    }

    pub(crate) fn one_of(mut values: Vec<u64>) -> Self {
        values.sort_unstable();
        values.dedup();
        if values.is_empty() { Self::Unknown } else { Self::OneOf(values.into()) }
    }

    pub(crate) fn as_constant(&self) -> Option<u64> {
        match self {
            Self::OneOf(values) if values.len() == 1 => Some(values[0]),
            _ => None,
        }
    }

    /// Every number that it may be.
    pub(crate) fn all(&self) -> Option<Vec<u64>> {
        match self {
            Self::OneOf(values) => Some(values.to_vec()),
            Self::UpTo { max, bits: 64 } if *max < ENTRIES as u64 => Some((0..=*max).collect()),
            _ => None,
        }
    }

    pub(crate) fn or(&self, other: &Self) -> Self {
        match (self, other) {
            _ if self == other => self.clone(),
            (Self::OneOf(mine), Self::OneOf(other)) if mine.len() + other.len() <= 2 * ALTERNATIVES => {
                match Self::one_of(mine.iter().chain(other.iter()).copied().collect()) {
                    Self::OneOf(values) if values.len() > ALTERNATIVES => Self::Unknown,
                    few => few,
                }
            }
            (Self::UpTo { max: this, bits }, Self::UpTo { max: that, bits: others }) if bits == others => {
                Self::UpTo { max: *this.max(that), bits: *bits }
            }
            _ => Self::Unknown,
        }
    }

    /// Its lower bits, with zeros in front.
    pub(crate) fn lower(&self, bits: u8) -> Self {
        match self {
            Self::OneOf(values) => Self::one_of(values.iter().map(|value| value & ones(bits)).collect()),
            Self::UpTo { max, bits: known } if *known == bits || (*known > bits && *max <= ones(bits)) => {
                Self::UpTo { max: *max, bits: 64 }
            }
            _ => Self::UpTo { max: ones(bits), bits: 64 },
        }
    }

    /// What is left of it if its lower bits are not above a number.
    pub(crate) fn at_most(&self, limit: u64, in_bits: u8) -> Self {
        match self {
            Self::UpTo { max, bits } if *bits == in_bits || (*bits == 64 && *max <= ones(in_bits)) => {
                Self::UpTo { max: limit.min(*max), bits: *bits }
            }
            Self::Unknown | Self::UpTo { .. } => Self::UpTo { max: limit, bits: in_bits },
            other => other.clone(),
        }
    }

    /// Each number of the one with each of the other.
    pub(crate) fn with(&self, other: &Self, sum: impl Fn(u64, u64) -> u64) -> Self {
        let (Some(mine), Some(other)) = (self.all(), other.all()) else { return Self::Unknown };
        if mine.len() * other.len() > ENTRIES {
            return Self::Unknown;
        }
        Self::one_of(mine.iter().flat_map(|this| other.iter().map(|that| sum(*this, *that))).collect())
    }
}

/// All that a byte may hold is no bound of a table's.
pub(crate) fn is_bound(indices: &[u64]) -> bool {
    indices.len() as u64 - 1 != ones(8)
}
