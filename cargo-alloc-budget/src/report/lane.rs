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

impl Lane {
    /// The flags that ask for it, without the target: that may be the machine's own.
    pub fn flags(&self) -> Vec<String> {
        let named = self.features.iter().filter(|name| !matches!(&***name, "default" | "none"));
        let named: Vec<&str> = named.map(String::as_str).collect();
        let has = |feature: &str| self.features.iter().any(|name| name == feature);
        let mut flags = Vec::new();
        if has("all") && !has("default") {
            flags.push("--all-features".to_owned());
        } else {
            flags.extend((!has("default")).then(|| "--no-default-features".to_owned()));
            flags.extend((!named.is_empty()).then(|| format!("--features {}", named.join(","))));
        }
        match &*self.profile {
            "dev" => {}
            "release" => flags.push("--release".to_owned()),
            other => flags.push(format!("--profile {other}")),
        }
        if self.runner == Runner::Nextest {
            flags.push("--runner nextest".to_owned());
        }
        flags
    }

    /// In what two lanes differ, in words. Numbers of unlike lanes say nothing of each other.
    pub fn differences(&self, other: &Self) -> Vec<String> {
        let features = |lane: &Self| lane.features.join(",");
        let pairs = [
            ("target", self.target.clone(), other.target.clone()),
            ("profile", self.profile.clone(), other.profile.clone()),
            ("compiler", self.rustc.clone(), other.rustc.clone()),
            ("features", features(self), features(other)),
            ("runner", self.runner.to_string(), other.runner.to_string()),
        ];
        let unlike = pairs.into_iter().filter(|(_, a, b)| a != b);
        unlike.map(|(what, a, b)| format!("{what} `{a}` and `{b}`")).collect()
    }
}

impl std::fmt::Display for Runner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Cargo => "cargo",
            Self::Nextest => "nextest",
        })
    }
}
