//! The manual's chapters.
//!
//! - [`guide`]: where allocations come from, and how to have fewer.
//! - [`async_`]: how an `async fn` is measured and judged.
//! - [`threads`]: work that other threads do.
//! - [`reports`]: how to read a report, and what it needs of your build.
//! - [`verdicts`]: when a budget is judged, when it isn't, and what `ALLOC_BUDGET=strict` says.
//! - [`prove`]: that a function can't allocate at all, in the program that you ship.
//! - [`differences`]: what the attribute changes for the compiler.
//! - [`workspaces`]: several packages, and allocators of your own.
//! - [`surroundings`]: budgets beside other attributes and tools.
//! - [`migrating`]: you have a counting allocator in your tests.
//! - [`terms`]: what exactly counts, and what the words mean.
//! - [`records`]: what a process writes of its budgets, for a program to read.
//! - [`reliability`]: what happens when something goes wrong.

/// How an `async fn` is measured and judged.
///
#[doc = include_str!("async.md")]
pub mod async_ {}
/// What the attribute changes for the compiler.
///
#[doc = include_str!("differences.md")]
pub mod differences {}
/// Where allocations come from, and how to have fewer.
///
#[doc = include_str!("guide.md")]
pub mod guide {}
/// You have a counting allocator in your tests.
///
#[doc = include_str!("migrating.md")]
pub mod migrating {}
/// That a function can't allocate at all, in the program that you ship.
///
#[doc = include_str!("prove.md")]
pub mod prove {}
/// What a process writes of its budgets with `ALLOC_BUDGET_RECORD`.
///
#[doc = include_str!("records.md")]
pub mod records {}
/// What happens when something goes wrong.
///
#[doc = include_str!("reliability.md")]
pub mod reliability {}
/// How to read a report, and what it needs of your build.
///
#[doc = include_str!("reports.md")]
pub mod reports {}
/// Beside other attributes and tools.
///
#[doc = include_str!("surroundings.md")]
pub mod surroundings {}
/// What exactly counts, and what the words mean.
///
#[doc = include_str!("terms.md")]
pub mod terms {}
/// Work that other threads do.
///
#[doc = include_str!("threads.md")]
pub mod threads {}
/// When a budget is judged, when it isn't, and what `ALLOC_BUDGET=strict` says.
///
#[doc = include_str!("verdicts.md")]
pub mod verdicts {}
/// Several packages, and allocators of your own.
///
#[doc = include_str!("workspaces.md")]
pub mod workspaces {}
