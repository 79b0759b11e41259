//! How a run ends, in the report and as the exit code.

use std::process::ExitCode;

use serde::{Deserialize, Serialize};

/// How a run ends. Where several hold, the first one of: the runner's, exceeded, nothing recorded or incomplete, ratchet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Verdict {
    /// The exit code.
    pub code: u8,
    pub what: What,
}

/// What a verdict says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum What {
    Fine,
    /// The tests failed for other reasons than a budget.
    Failed,
    /// A budget was exceeded.
    Exceeded,
    /// A budget is too generous, or no test reaches it, and that was asked for.
    Ratchet,
    /// Nothing was recorded, or not everything where everything is needed.
    Incomplete,
}

impl Verdict {
    pub const FINE: Self = Self { code: 0, what: What::Fine };
    pub const EXCEEDED: Self = Self { code: 3, what: What::Exceeded };
    pub const RATCHET: Self = Self { code: 4, what: What::Ratchet };
    pub const INCOMPLETE: Self = Self { code: 5, what: What::Incomplete };

    /// The tests failed: the runner's own code, where it is one that a process can end with.
    pub fn failed(runner: Option<i32>) -> Self {
        let code = runner.and_then(|code| u8::try_from(code).ok()).filter(|code| *code != 0).unwrap_or(101);
        Self { code, what: What::Failed }
    }
}

impl From<Verdict> for ExitCode {
    fn from(verdict: Verdict) -> Self {
        Self::from(verdict.code)
    }
}
