//! The manual's chapters.

#[doc = include_str!("guide.md")]
pub mod guide {}
#[doc = include_str!("reliability.md")]
pub mod reliability {}
#[doc = include_str!("verdicts.md")]
pub mod verdicts {}
