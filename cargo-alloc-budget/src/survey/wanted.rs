//! Which of the functions of a survey get a budget.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use clap::{Args, ValueEnum};
use globset::{Glob, GlobSet, GlobSetBuilder};

use crate::survey::found::{Class, Surveyed};

/// Which functions get a budget, and what is asked before.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "What is written into your tree")]
pub struct Applying {
    /// Write budgets above functions: `zero` above those that never allocated, `exact` above those
    /// that allocated the same in each call
    #[arg(long, value_enum, value_delimiter = ',')]
    pub apply: Vec<Apply>,
    /// Only functions with at least this many calls
    #[arg(long, value_name = "N", default_value_t = 1, requires = "apply")]
    pub min_calls: u64,
    /// Only functions that at least this many tests have called
    #[arg(long, value_name = "N", default_value_t = 1, requires = "apply")]
    pub min_tests: usize,
    /// Only `pub` functions
    #[arg(long, requires = "apply")]
    pub public: bool,
    /// Only functions in these files, relative to the workspace: `src/codec/**`
    #[arg(long, value_name = "GLOB", requires = "apply")]
    pub path: Vec<String>,
    /// Write into a tree that has changes which are not committed, or into one without git
    #[arg(long, requires = "apply")]
    pub allow_dirty: bool,
    /// Add alloc-budget to the packages that don't depend on it, without asking
    #[arg(short, long, requires = "apply")]
    pub yes: bool,
}

/// Which budgets are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum Apply {
    Zero,
    Exact,
}

/// What a function must be like to get a budget.
#[derive(Debug)]
pub struct Wanted {
    kinds: BTreeSet<Apply>,
    min_calls: u64,
    min_tests: usize,
    public: bool,
    files: Option<GlobSet>,
}

impl Wanted {
    /// # Errors
    /// A pattern is none.
    pub fn of(args: &Applying) -> Result<Self> {
        let mut files = GlobSetBuilder::new();
        for glob in &args.path {
            files.add(Glob::new(glob).with_context(|| format!("`--path {glob}` is no pattern"))?);
        }
        Ok(Self {
            kinds: args.apply.iter().copied().collect(),
            min_calls: args.min_calls,
            min_tests: args.min_tests,
            public: args.public,
            files: (!args.path.is_empty()).then(|| files.build()).transpose()?,
        })
    }

    /// How many allocations a function may have from now on; `None` where it gets no budget.
    pub fn limit(&self, function: &Surveyed) -> Option<u64> {
        let is_wanted = !function.in_tests
            && function.calls >= self.min_calls
            && function.tests >= self.min_tests
            && (function.is_public || !self.public)
            && self.files.as_ref().is_none_or(|files| files.is_match(&function.file));
        let kind = match function.class {
            Class::Never => Apply::Zero,
            Class::Constant => Apply::Exact,
            Class::Varies | Class::Unreached => return None,
        };
        let [_, most] = function.allocations?;
        (is_wanted && self.kinds.contains(&kind)).then_some(most)
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::{Applying, Wanted};
    use crate::survey::found::{Class, Surveyed};

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        applying: Applying,
    }

    fn wanted(args: &[&str]) -> Wanted {
        Wanted::of(&Line::parse_from([&["survey"], args].concat()).applying).unwrap()
    }

    fn function(class: Class, most: u64) -> Surveyed {
        Surveyed {
            package: "codec".into(),
            path: "codec::f".into(),
            file: "src/inner/codec.rs".into(),
            line: 1,
            is_public: false,
            in_tests: false,
            class,
            calls: 2,
            tests: 1,
            allocations: Some([most, most]),
            bytes: None,
            own_allocations: None,
            own_bytes: None,
        }
    }

    #[test]
    fn by_kind() {
        let (zero, both) = (wanted(&["--apply", "zero"]), wanted(&["--apply", "zero,exact"]));
        let (never, constant) = (function(Class::Never, 0), function(Class::Constant, 3));
        assert_eq!([zero.limit(&never), zero.limit(&constant)], [Some(0), None]);
        assert_eq!([both.limit(&never), both.limit(&constant)], [Some(0), Some(3)]);
        assert_eq!(wanted(&["--apply", "exact"]).limit(&never), None);
        assert_eq!(both.limit(&function(Class::Varies, 3)), None);
        assert_eq!(both.limit(&Surveyed { in_tests: true, ..never }), None);
    }

    #[test]
    fn by_what_is_known_of_it() {
        let never = function(Class::Never, 0);
        let limit = |args: &[&str]| wanted(&[&["--apply", "zero"], args].concat()).limit(&never);
        assert_eq!(limit(&["--min-calls", "2", "--min-tests", "1"]), Some(0));
        assert_eq!(limit(&["--min-calls", "3"]), None);
        assert_eq!(limit(&["--min-tests", "2"]), None);
        assert_eq!(limit(&["--public"]), None);
        assert_eq!(limit(&["--path", "src/*/codec.rs", "--path", "other"]), Some(0));
        assert_eq!(limit(&["--path", "src/codec/**"]), None);
        assert!(Line::try_parse_from(["survey", "--public"]).is_err());
    }
}
