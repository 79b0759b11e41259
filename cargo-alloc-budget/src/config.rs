//! `alloc-budget.toml` at the workspace's root: what the ratchet tolerates.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use serde::de::{self, Deserializer, Visitor};

use crate::report::budget::{Budget, Limit};
use crate::report::lane::{Lane, Runner};

/// The name of the file.
pub const FILE: &str = "alloc-budget.toml";

/// What `alloc-budget.toml` says. Without the file, nothing is tolerated.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// The lanes that a budget must hold in, as `<target>/<profile>`. The ratchet wants a report of
    /// each.
    pub lanes: Vec<String>,
    pub runner: Option<Runner>,
    /// Whether the documentation's examples are run.
    pub doctests: bool,
    pub slack: Slack,
    pub unreached: Unreached,
    pub allow: Vec<Allow>,
}

/// How much more a limit may be than what is needed.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Slack {
    /// Of limits that are no bytes.
    pub allocations: Tolerance,
    /// Of limits that are bytes.
    pub bytes: Tolerance,
}

/// So much: `8`, or a share of the limit: `"5%"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tolerance {
    Units(u64),
    Percent(u64),
}

/// What becomes of a budget that no test reaches.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unreached {
    Allow,
    Warn,
    #[default]
    Deny,
}

/// An exception for one budget.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Allow {
    /// The budget's path, as the table shows it, or its `name`.
    pub path: String,
    /// The package that it is of, where several have such a path.
    pub package: Option<String>,
    /// The limit that it is for. Without it: all of them.
    pub limit: Option<Limit>,
    pub slack: Option<Tolerance>,
    #[serde(default)]
    pub unreached: bool,
    pub reason: String,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            lanes: Vec::new(),
            runner: None,
            doctests: true,
            slack: Slack::default(),
            unreached: Unreached::default(),
            allow: Vec::new(),
        }
    }
}

impl Config {
    /// The workspace's, or what holds without one.
    ///
    /// # Errors
    /// The file can't be read, or says something that the tool doesn't know.
    pub fn read(root: &Path) -> Result<Self> {
        let path = root.join(FILE);
        match fs::read_to_string(&path) {
            Ok(text) => Self::parse(&text).with_context(|| format!("{} is wrong", path.display())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(error).with_context(|| format!("can't read {}", path.display())),
        }
    }

    /// # Errors
    /// It is no TOML, has a key that is not known, or an exception that does nothing.
    pub fn parse(text: &str) -> Result<Self> {
        let config: Self = toml_edit::de::from_str(text)?;
        for lane in &config.lanes {
            if lane.split('/').count() != 2 {
                bail!(
                    "`{lane}` is no lane: write `<target>/<profile>`, such as `x86_64-unknown-linux-gnu/dev`"
                );
            }
        }
        for allow in &config.allow {
            if allow.reason.trim().is_empty() {
                bail!("the exception for `{}` gives no reason", allow.path);
            }
            if allow.slack.is_none() && !allow.unreached {
                bail!("the exception for `{}` allows nothing: add `slack` or `unreached = true`", allow.path);
            }
        }
        Ok(config)
    }

    /// How much more than needed this limit may be.
    pub fn tolerance(&self, limit: Limit) -> Tolerance {
        if limit.is_bytes() { self.slack.bytes } else { self.slack.allocations }
    }
}

impl Allow {
    pub fn is_for(&self, budget: &Budget) -> bool {
        let is_named = self.path == budget.path || Some(&self.path) == budget.label.as_ref();
        is_named && (self.package.is_none() || self.package == budget.package)
    }
}

impl Tolerance {
    /// In units of the limit.
    pub fn of(self, limit: u64) -> u64 {
        match self {
            Self::Units(units) => units,
            Self::Percent(percent) => {
                u64::try_from(u128::from(limit) * u128::from(percent) / 100).unwrap_or(u64::MAX)
            }
        }
    }
}

impl Default for Tolerance {
    fn default() -> Self {
        Self::Units(0)
    }
}

impl<'de> Deserialize<'de> for Tolerance {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Written;
        impl Visitor<'_> for Written {
            type Value = Tolerance;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a number such as `8`, or a share of the limit such as `\"5%\"`")
            }

            fn visit_i64<E: de::Error>(self, units: i64) -> Result<Tolerance, E> {
                let wrong = || E::invalid_value(de::Unexpected::Signed(units), &self);
                u64::try_from(units).map(Tolerance::Units).map_err(|_| wrong())
            }

            fn visit_u64<E: de::Error>(self, units: u64) -> Result<Tolerance, E> {
                Ok(Tolerance::Units(units))
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Tolerance, E> {
                let percent = text.strip_suffix('%').and_then(|number| number.parse().ok());
                percent
                    .map(Tolerance::Percent)
                    .ok_or_else(|| E::invalid_value(de::Unexpected::Str(text), &self))
            }
        }
        deserializer.deserialize_any(Written)
    }
}

/// A lane as the file names it: `<target>/<profile>`.
pub fn lane_name(lane: &Lane) -> String {
    format!("{}/{}", lane.target, lane.profile)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_that_it_may_say() {
        let config = Config::parse(
            r#"
            lanes = ["x86_64-unknown-linux-gnu/dev"]
            runner = "nextest"
            doctests = false
            slack = { allocations = 1, bytes = "5%" }
            unreached = "warn"
            [[allow]]
            path = "parse::headers"
            limit = "max_bytes"
            slack = 8
            reason = "grows with the fixture"
            [[allow]]
            path = "cache::evict"
            unreached = true
            reason = "only under memory pressure"
            "#,
        )
        .unwrap();
        assert_eq!(config.runner, Some(Runner::Nextest));
        assert!(!config.doctests && Config::default().doctests);
        assert_eq!(config.unreached, Unreached::Warn);
        assert_eq!(config.tolerance(Limit::Max), Tolerance::Units(1));
        assert_eq!(config.tolerance(Limit::MaxPeakBytes).of(200), 10);
        assert_eq!(config.allow[0].limit, Some(Limit::MaxBytes));
        assert!(config.allow[1].unreached);
    }

    #[test]
    fn without_a_file_nothing_is_tolerated() {
        let config = Config::read(Path::new("/nowhere")).unwrap();
        assert_eq!(config.tolerance(Limit::Max).of(100), 0);
        assert_eq!(config.unreached, Unreached::Deny);
    }

    #[track_caller]
    fn refused(text: &str, words: &[&str]) {
        let error = format!("{:#}", Config::parse(text).unwrap_err());
        for word in words {
            assert!(error.contains(word), "{word:?} is not in: {error}");
        }
    }

    #[test]
    fn an_unknown_key_is_refused_with_its_line_and_the_known_ones() {
        refused(
            "runner = \"cargo\"\nslak = 1\n",
            &["line 2", "unknown field `slak`", "`slack`", "`unreached`"],
        );
        refused("slack = { bites = 1 }", &["line 1", "unknown field `bites`", "`allocations`"]);
        refused(
            "[[allow]]\npath = \"a\"\nreason = \"b\"\nslack = 1\nuntil = 3\n",
            &["line 5", "unknown field `until`", "`reason`"],
        );
    }

    #[test]
    fn values_that_mean_nothing_are_refused() {
        refused("slack = { bytes = \"5 %\" }", &["line 1", "a share of the limit"]);
        refused("slack = { bytes = -1 }", &["line 1", "a share of the limit"]);
        refused("unreached = \"maybe\"", &["`allow`", "`warn`", "`deny`"]);
        refused("lanes = [\"linux\"]", &["`linux` is no lane", "<target>/<profile>"]);
        refused("[[allow]]\npath = \"a\"\nreason = \" \"\nslack = 1", &["`a` gives no reason"]);
        refused("[[allow]]\npath = \"a\"\nslack = 1", &["missing field `reason`"]);
        refused("[[allow]]\npath = \"a\"\nreason = \"b\"", &["`a` allows nothing"]);
    }
}
