//! What the tests share.

#![allow(clippy::missing_panics_doc, clippy::missing_errors_doc, reason = "a panic fails a test")]

mod alone;
mod blocks;
mod limits;
mod panics;
mod places;
mod polls;

pub use alone::{alone, output, this_program};
pub use blocks::{Block, assert_work, block, on_a_deep_stack, row, work};
pub use limits::limited;
pub use panics::{Panic, catch, panic_of, text};
pub use places::{on_line, site, slashed};
pub use polls::{block_on, pause, poll};
