//! The lines of a record, as the runtime writes them. Its manual's chapter "records" is the
//! definition.

use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::report::budget::{CallSite, Exceeded, Kind, Limit, Own, Stack};

/// The greatest version of a record that this tool reads.
pub const VERSION: u32 = 1;

/// The first line: which process it was.
#[derive(Debug, Clone, Deserialize)]
pub struct Header {
    pub alloc_budget: u32,
    pub runtime: String,
    pub pid: u32,
    pub forked_from: Option<u32>,
    pub exe: String,
    pub cwd: String,
    pub package: Option<String>,
    pub manifest_dir: Option<String>,
    pub debug_assertions: bool,
    pub state: State,
    pub nextest: Option<Nextest>,
    #[serde(default)]
    pub args: Vec<String>,
}

/// Whether the process counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    Counting,
    Off,
    NotInstalled,
}

/// What nextest says of the test that it runs.
#[derive(Debug, Clone, Deserialize)]
pub struct Nextest {
    pub run_id: Option<String>,
    pub binary_id: Option<String>,
    pub test: Option<String>,
    pub attempt: Option<u32>,
}

/// A line behind the header.
#[derive(Debug, Clone)]
pub enum Line {
    Site(Site),
    At(Box<At>),
    Over(Over),
    Traced(Traced),
    End(End),
    /// Of a later runtime.
    Unknown,
}

/// A budget, by the number that other lines call it by.
#[derive(Debug, Clone, Deserialize)]
pub struct Site {
    pub site: u64,
    #[serde(rename = "crate")]
    pub krate: String,
    pub path: String,
    pub name: Option<String>,
    pub instance: Option<String>,
    pub file: String,
    pub line: u32,
    pub column: u32,
    pub kind: Kind,
    pub measures: bool,
    pub threads: Threads,
    pub on_overage: String,
}

/// Whose events count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Threads {
    Own,
    All,
}

/// What one test has done with a budget so far.
#[derive(Debug, Clone, Deserialize)]
pub struct At {
    pub at: u64,
    pub test: Option<String>,
    pub calls: u64,
    pub judged: u64,
    pub warming: u64,
    pub skipped: u64,
    pub unwound: u64,
    pub unchecked: u64,
    pub exceeded: u64,
    pub own: Option<Own>,
    max: Option<Quantity>,
    max_bytes: Option<Quantity>,
    max_peak_bytes: Option<Quantity>,
    max_retained_bytes: Option<Quantity>,
    max_reallocs: Option<Quantity>,
    max_deallocs: Option<Quantity>,
    max_block_bytes: Option<Quantity>,
    max_surviving_bytes: Option<Quantity>,
    max_exempt: Option<Quantity>,
}

impl At {
    pub fn quantity(&self, limit: Limit) -> Option<&Quantity> {
        match limit {
            Limit::Max => &self.max,
            Limit::MaxBytes => &self.max_bytes,
            Limit::MaxPeakBytes => &self.max_peak_bytes,
            Limit::MaxRetainedBytes => &self.max_retained_bytes,
            Limit::MaxReallocs => &self.max_reallocs,
            Limit::MaxDeallocs => &self.max_deallocs,
            Limit::MaxBlockBytes => &self.max_block_bytes,
            Limit::MaxSurvivingBytes => &self.max_surviving_bytes,
            Limit::MaxExempt => &self.max_exempt,
        }
        .as_ref()
    }
}

/// One quantity of a budget in one test.
#[derive(Debug, Clone, Deserialize)]
pub struct Quantity {
    pub least: Option<i64>,
    pub worst: Option<i64>,
    pub limits: Option<[u64; 2]>,
    pub slack: Option<i64>,
}

/// A call past its limits.
#[derive(Debug, Clone, Deserialize)]
pub struct Over {
    pub over: u64,
    pub test: Option<String>,
    pub call: u64,
    pub exceeded: Vec<Exceeded>,
    pub sites: Vec<CallSite>,
}

/// Every stack that has allocated in a budget so far.
#[derive(Debug, Clone, Deserialize)]
pub struct Traced {
    pub traced: u64,
    pub stacks: Vec<Stack>,
}

/// The process has come to its end.
#[derive(Debug, Clone, Deserialize)]
pub struct End {
    /// Lines that could not be written.
    pub lost: u64,
}

/// What tells the kinds of lines apart.
#[derive(Deserialize)]
struct Keys {
    site: Option<IgnoredAny>,
    at: Option<IgnoredAny>,
    over: Option<IgnoredAny>,
    traced: Option<IgnoredAny>,
    end: Option<IgnoredAny>,
}

impl Line {
    /// # Errors
    /// Not JSON, or a line of a known kind that lacks one of its fields.
    pub fn parse(text: &str) -> serde_json::Result<Self> {
        let keys: Keys = serde_json::from_str(text)?;
        Ok(if keys.site.is_some() {
            Self::Site(serde_json::from_str(text)?)
        } else if keys.at.is_some() {
            Self::At(Box::new(serde_json::from_str(text)?))
        } else if keys.over.is_some() {
            Self::Over(serde_json::from_str(text)?)
        } else if keys.traced.is_some() {
            Self::Traced(serde_json::from_str(text)?)
        } else if keys.end.is_some() {
            Self::End(serde_json::from_str(text)?)
        } else {
            Self::Unknown
        })
    }
}
