//! What processes wrote into their records, read and folded into a report.

pub mod file;
pub mod fold;
mod folded;
pub mod folder;
pub mod line;
mod overages;
pub mod places;
pub mod program;
mod quantity;
pub mod runs;
#[cfg(test)]
mod samples;
