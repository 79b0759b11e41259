//! What is known of each promise. Version 1 of the JSON that `prove` writes; the schema is
//! `proof.schema.json`, which a test makes from these types.

use std::io::Write;

use anyhow::Result;
use serde::Serialize;

/// The version of the format.
pub(crate) const VERSION: u32 = 1;

/// What is known of each promise.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Proof {
    pub version: u32,
    /// The version of the tool that wrote it.
    pub tool: String,
    pub verdict: Verdict,
    /// How the programs were built; none where a file was given.
    pub build: Option<Build>,
    pub programs: Vec<Program>,
    /// By package, file, line and promise.
    pub promises: Vec<Promise>,
    pub unseen: Unseen,
    /// What every proof takes for granted.
    pub assumptions: Vec<String>,
}

/// How it ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Verdict {
    /// The exit code.
    pub code: u8,
    pub what: What,
}

/// How it ends, in a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// Every promise is accepted.
    Accepted,
    /// A promise is not kept.
    Broken,
    /// A promise is unproven or has no code, or none is proven.
    Unproven,
}

/// How the programs were built.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Build {
    pub compiler: String,
    pub profile: String,
    pub target: String,
    /// `RUSTFLAGS`, if it was set.
    pub flags: Option<String>,
}

/// A linked file.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Program {
    /// Its name, without folders.
    pub name: String,
    /// The SHA-256 of its bytes, in hexadecimal digits.
    pub sha256: String,
    /// Functions in it.
    pub functions: usize,
    /// Functions that were followed for some promise.
    pub followed: usize,
    /// Whether it says where in the source its code is from.
    pub has_lines: bool,
}

/// A promise, and what is known of it in all programs.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Promise {
    pub package: String,
    /// Its module and its name.
    pub path: String,
    pub is_block: bool,
    pub file: String,
    pub line: u32,
    pub column: u32,
    /// What must not be reached.
    pub of: Event,
    /// The worst of all functions and programs.
    pub kind: Kind,
    pub is_accepted: bool,
    /// The program of the worst verdict; none without code.
    pub program: Option<String>,
    /// How many functions the promise is for: a generic one has several.
    pub functions: usize,
    /// Why it isn't proven.
    pub cause: Option<String>,
    /// Other causes of the same kind.
    pub more_causes: usize,
    /// The shortest way to the cause.
    pub chain: Vec<Step>,
    /// The assumptions of the source that the verdict rests on.
    pub assumed: Vec<String>,
}

/// What is promised not to happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Event {
    Allocation,
    Deallocation,
}

/// What is known of a promise, the best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Proven,
    ExceptPanic,
    NeverReturns,
    ExceptFirstUse,
    ExceptGrowth,
    Reaches,
    Unproven,
    NoCode,
}

/// A call on the way.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Step {
    pub function: Option<String>,
    /// As the compiler was given it; none without debug information.
    pub file: Option<String>,
    pub line: Option<u32>,
    /// Whether it is inlined in the step before.
    pub is_inlined: bool,
}

/// What nothing is said of.
#[derive(Debug, Default, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Unseen {
    /// Promises that their source leaves out, by `prove = skip`.
    pub skipped: usize,
    /// Promises of packages that are no members of the workspace.
    pub of_dependencies: usize,
}

impl Proof {
    pub(crate) fn write(&self, out: &mut dyn Write) -> Result<()> {
        serde_json::to_writer_pretty(&mut *out, self)?;
        Ok(out.write_all(b"\n")?)
    }
}

#[test]
fn the_published_schema_is_that_of_the_types() {
    crate::report::file::check_schema(schemars::schema_for!(Proof), "proof.schema.json");
}
