//! One budget: where it is, what it allows, and what its calls did at worst.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

/// One budget of the source, with what all its calls did, in all instances of a generic function.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Budget {
    /// The package whose source it is in; `None` if that is no member of the workspace.
    pub package: Option<String>,
    /// Crate and path: `codec::Encoder::frame`. In an unreached one, the crate's part is the
    /// library's or program's name.
    pub path: String,
    /// `name = "…"`.
    pub label: Option<String>,
    pub kind: Kind,
    /// With `/`, relative to the workspace's root; absolute where it is outside.
    pub file: String,
    /// Of the function's head, from 1.
    pub line: u32,
    /// As the compiler shows it: a wide character counts 2. 0 if it is not known.
    #[serde(default)]
    pub column: u32,
    pub measures: bool,
    pub all_threads: bool,
    pub calls: Calls,
    /// The tests that have called it, sorted: `tests::big` is a unit test of the budget's own
    /// library. Before any other stands its program, as nextest calls it: `codec::it big`.
    pub tests: Vec<String>,
    /// The six quantities that are always measured, and others where they are limited. Empty if
    /// nothing was judged.
    pub quantities: BTreeMap<Limit, Quantity>,
    pub overages: Vec<Overage>,
    /// With `--sites`: every stack that has allocated in it.
    pub stacks: Vec<Stack>,
    /// What all calls did by themselves, without the budgets that they have called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own: Option<Own>,
    /// Whether one of the processes that called it has no end in its record: its values are lower
    /// bounds.
    pub is_lower_bound: bool,
    /// What the source says; `None` where no attribute was found for it.
    pub source: Option<Source>,
}

impl Budget {
    /// Where it is, and nothing more: it has no name, no test has called it, and no source was
    /// found.
    pub fn at(kind: Kind, file: String, line: u32, column: u32) -> Self {
        Self {
            package: None,
            path: String::new(),
            label: None,
            kind,
            file,
            line,
            column,
            measures: false,
            all_threads: false,
            calls: Calls::default(),
            tests: Vec::new(),
            quantities: BTreeMap::new(),
            overages: Vec::new(),
            stacks: Vec::new(),
            own: None,
            is_lower_bound: false,
            source: None,
        }
    }

    /// Whether any test has called it.
    pub fn is_reached(&self) -> bool {
        self.calls.total > 0
    }

    pub fn is_exceeded(&self) -> bool {
        self.calls.exceeded > 0
    }

    /// What it is told apart by in reports of the same sources.
    pub fn key(&self) -> Key<'_> {
        let Self { package, file, line, path, label, column, kind, .. } = self;
        (package.as_deref(), file, *line, path, label.as_deref(), *column, *kind)
    }
}

/// Package, file, line, path, label, column and kind.
pub type Key<'a> = (Option<&'a str>, &'a str, u32, &'a str, Option<&'a str>, u32, Kind);

/// What calls did by themselves.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Own {
    pub allocations: u64,
    pub bytes: u64,
}

impl Own {
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self { allocations: self.allocations + other.allocations, bytes: self.bytes + other.bytes }
    }
}

/// What made it a budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// `#[alloc_budget(…)]`.
    Function,
    /// `budget!(…)`.
    Block,
    /// A [`Budget`](https://docs.rs/alloc-budget) for a closure, a future or an iterator.
    Value,
}

/// What became of its calls.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Calls {
    pub total: u64,
    pub judged: u64,
    pub warming: u64,
    /// With `on_err = skip`.
    pub skipped: u64,
    pub unwound: u64,
    /// Nothing counted.
    pub unchecked: u64,
    /// Without those that a test expects.
    pub exceeded: u64,
}

/// What can be limited, by the name of the argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Limit {
    Max,
    MaxBytes,
    MaxPeakBytes,
    MaxRetainedBytes,
    MaxReallocs,
    MaxDeallocs,
    MaxBlockBytes,
    MaxSurvivingBytes,
    MaxExempt,
}

impl Limit {
    pub const ALL: [Self; 9] = [
        Self::Max,
        Self::MaxBytes,
        Self::MaxPeakBytes,
        Self::MaxRetainedBytes,
        Self::MaxReallocs,
        Self::MaxDeallocs,
        Self::MaxBlockBytes,
        Self::MaxSurvivingBytes,
        Self::MaxExempt,
    ];

    /// The name of the attribute's argument.
    pub fn argument(self) -> &'static str {
        match self {
            Self::Max => "max",
            Self::MaxBytes => "max_bytes",
            Self::MaxPeakBytes => "max_peak_bytes",
            Self::MaxRetainedBytes => "max_retained_bytes",
            Self::MaxReallocs => "max_reallocs",
            Self::MaxDeallocs => "max_deallocs",
            Self::MaxBlockBytes => "max_block_bytes",
            Self::MaxSurvivingBytes => "max_surviving_bytes",
            Self::MaxExempt => "max_exempt",
        }
    }

    pub fn is_bytes(self) -> bool {
        self.argument().ends_with("_bytes")
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.argument())
    }
}

/// One quantity over all calls.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Quantity {
    /// The lowest value of any call that was judged or measured.
    #[serde(default)]
    pub least: Option<i64>,
    /// The highest.
    pub worst: Option<i64>,
    /// The test in which that was seen; of several, the first by name.
    pub test: Option<String>,
    /// The instance of a generic function, where there are several.
    pub instance: Option<String>,
    /// The least and the greatest limit that any call had.
    pub limits: Option<[u64; 2]>,
    /// The least that any call left of its limit; negative if it was exceeded.
    pub slack: Option<i64>,
    /// Where the runs differed: the lowest and the highest of their worst values.
    pub varies: Option<[i64; 2]>,
}

/// A call that has passed a limit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Overage {
    pub test: Option<String>,
    /// Whether the test passes because of it: `#[should_panic]`, or the panic is caught. Such a
    /// test says nothing about what the function needs: its values are in no quantity.
    #[serde(default)]
    pub expected: bool,
    pub exceeded: Vec<Exceeded>,
    pub sites: Vec<CallSite>,
}

/// One limit that was passed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Exceeded {
    pub limit: Limit,
    pub actual: i64,
    pub allowed: u64,
}

/// Where something was allocated, as the runtime's report says it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct CallSite {
    pub file: Option<String>,
    pub line: Option<u32>,
    pub function: String,
    /// What the function called: `Vec::reserve`.
    pub callee: Option<String>,
    pub allocations: u64,
    pub bytes: u64,
    /// The functions between the budget and this one, from this one outwards.
    pub callers: Vec<Caller>,
}

/// A function on the way from the budget to a call site.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Caller {
    pub function: String,
    pub file: Option<String>,
    pub line: Option<u32>,
}

/// Every allocation from one stack.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Stack {
    /// From the budget's function inwards.
    pub frames: Vec<String>,
    pub allocations: u64,
    pub bytes: u64,
}

/// The attribute in the source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Source {
    /// SHA-256 of the file when it was compiled, in hexadecimal digits.
    pub hash: String,
    /// Each limit as it is written: `2 * n`.
    pub limits: BTreeMap<Limit, String>,
    /// Why the tool can't edit it, where it can't: "the attribute is that of an `impl` block".
    pub refusal: Option<String>,
    /// Why it was not compiled, where that is known: "`cfg(windows)` is off". Then no test can
    /// reach it.
    #[serde(default)]
    pub not_compiled: Option<String>,
    /// Whether only tests have it.
    #[serde(default)]
    pub is_test_only: bool,
}
