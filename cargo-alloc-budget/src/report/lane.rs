//! What numbers depend on beside the source: runs of unlike lanes are not compared.

use serde::{Deserialize, Serialize};

/// What a run's numbers depend on beside the source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Lane {
    /// The target triple.
    pub target: String,
    pub profile: String,
    /// The compiler's major and minor version: `1.95`; `1.97-nightly`.
    pub rustc: String,
    /// As they were asked for: `default`, `all`, `none`, or names, sorted.
    pub features: Vec<String>,
    pub runner: Runner,
}

/// What runs the tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Runner {
    Cargo,
    Nextest,
}
