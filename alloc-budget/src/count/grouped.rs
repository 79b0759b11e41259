//! A number as a reader wants it.

use std::fmt;

/// With its thousands apart: `1 180`.
pub(crate) struct Grouped(pub(crate) u64);

impl fmt::Display for Grouped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let highest = self.0.checked_ilog10().unwrap_or(0) / 3;
        write!(f, "{}", self.0 / 1000_u64.pow(highest))?;
        (0..highest).rev().try_for_each(|at| write!(f, " {:03}", self.0 / 1000_u64.pow(at) % 1000))
    }
}

#[test]
fn thousands_are_apart() {
    for (number, text) in [
        (0, "0"),
        (999, "999"),
        (1_000, "1 000"),
        (12_003_045, "12 003 045"),
        (u64::MAX, "18 446 744 073 709 551 615"),
    ] {
        assert_eq!(Grouped(number).to_string(), text);
    }
}
