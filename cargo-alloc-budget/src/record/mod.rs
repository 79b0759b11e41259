//! What processes wrote into their records, read and folded into a report.

pub mod line;
