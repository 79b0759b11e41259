//! What one run, or several together, say of every budget. Version 1 of the JSON that `report`
//! writes and reads.
//!
//! The schema is `report.schema.json`, which a test makes from these types. Lists are sorted, and
//! nothing in them is a time, a process or a path outside the workspace: the same run twice gives
//! the same bytes.

pub mod budget;
#[cfg(test)]
pub(crate) mod example;
pub mod file;
pub mod lane;
pub mod verdict;

use serde::{Deserialize, Serialize};

use budget::Budget;
use lane::Lane;
use verdict::Verdict;

/// The version of the format that this tool writes, and the greatest that it reads.
pub const VERSION: u32 = 1;

/// What a run says is incomplete in it, if it has recorded no budget.
pub(crate) const NOTHING: &str = "no budget was recorded";

/// What a run says of every budget.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Report {
    pub version: u32,
    /// The version of the tool that wrote it.
    pub tool: String,
    pub verdict: Verdict,
    pub lane: Lane,
    pub run: Run,
    /// By package, file, line and path.
    pub budgets: Vec<Budget>,
    /// The test programs, by package, kind and name.
    pub targets: Vec<Target>,
    /// Programs that are none of these, and left a record: how many, by the name of the file.
    pub others: Vec<Other>,
}

/// What was run, and whether that was everything.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Run {
    /// The packages that were tested.
    pub packages: Vec<String>,
    /// Whether that is every member of the workspace.
    pub whole_workspace: bool,
    pub shard: Option<Shard>,
    /// The git revision, and whether the tree differed from it.
    pub commit: Option<String>,
    pub dirty: bool,
    /// How often the tests were run.
    pub runs: u32,
    pub passed: u64,
    pub failed: u64,
    pub ignored: u64,
    /// The tests that failed, as the runner names them, sorted.
    #[serde(default)]
    pub failures: Vec<String>,
    /// What the runner ended with; `None` where a signal ended it.
    pub exit: Option<i32>,
    /// Why maxima may be too low, in words: empty if every test was run, to its end.
    pub incomplete: Vec<String>,
}

impl Run {
    /// Whether every test of the packages was run, to its end. A shard is a part.
    pub fn is_complete(&self) -> bool {
        self.incomplete.is_empty() && self.shard.is_none()
    }
}

/// One of several runs that are merged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Shard {
    /// From 1.
    pub index: u32,
    pub count: u32,
}

/// One of cargo's test programs, and whether allocations are counted in it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Target {
    pub package: String,
    /// `lib`, `bin`, `test`, `example`, `bench` or `doctest`; `program` for one that tests start.
    pub kind: String,
    pub name: String,
    pub counts: Counts,
    /// Its processes that left a record.
    pub processes: u64,
    /// Its processes whose record has no end: what they did last is not known.
    pub unended: u64,
}

/// Whether allocations are counted in a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Counts {
    Yes,
    /// A budget was called, and nothing counts.
    No,
    /// `ALLOC_BUDGET=off`.
    Off,
    /// No budget was called in it.
    Unknown,
}

/// A program that cargo did not name, and that left a record.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Other {
    /// The name of its file, without the hash that cargo adds.
    pub name: String,
    pub processes: u64,
    pub unended: u64,
}
