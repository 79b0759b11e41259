//! The manual's chapters.

#[doc = include_str!("guide.md")]
pub mod guide {}
/// You have a counting allocator in your tests.
///
#[doc = include_str!("migrating.md")]
pub mod migrating {}
#[doc = include_str!("reliability.md")]
pub mod reliability {}
/// Beside other attributes and tools.
///
#[doc = include_str!("surroundings.md")]
pub mod surroundings {}
