//! The manual's chapters.

#[doc = include_str!("guide.md")]
pub mod guide {}
#[doc = include_str!("reliability.md")]
pub mod reliability {}
#[doc = include_str!("reports.md")]
pub mod reports {}
