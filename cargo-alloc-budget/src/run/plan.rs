//! What is to be run, and how.

use std::ffi::OsString;

use anyhow::{Context, Result, bail};

use super::relay::Output;
use crate::config::Config;
use crate::record::program::Program;
use crate::report::Shard;
use crate::report::lane::Runner;
use crate::selection::{Running, Selection};
use crate::workspace::Workspace;

/// What becomes of overages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// What the code says: tests fail.
    Test,
    /// They are recorded, and the tests go on: the true worst is seen.
    Count,
}

/// What a command wants of a run.
#[derive(Debug, Clone, Copy)]
pub struct Order<'a> {
    pub mode: Mode,
    /// Where the tests' own output is shown.
    pub output: Output,
    /// The path of a budget that gets one allocation more than there is.
    pub phantom: Option<&'a str>,
}

impl From<Mode> for Order<'_> {
    /// Who lets the tests fail shows them. Who only counts has a result of its own on stdout.
    fn from(mode: Mode) -> Self {
        let output = if mode == Mode::Count { Output::Stderr } else { Output::Inherited };
        Self { mode, output, phantom: None }
    }
}

/// What is to be run, and how.
#[derive(Debug)]
pub(crate) struct Plan<'a> {
    pub(crate) selection: &'a Selection,
    pub(crate) running: &'a Running,
    pub(crate) order: Order<'a>,
    pub(crate) runner: Runner,
    pub(crate) shard: Option<Shard>,
    /// Whether the documentation's examples are run unless they are asked for.
    has_doctests: bool,
}

impl<'a> Plan<'a> {
    pub(crate) fn new(
        selection: &'a Selection,
        running: &'a Running,
        order: Order<'a>,
        workspace: &Workspace,
    ) -> Result<Self> {
        let shard = running.shard.as_deref().map(shard).transpose()?;
        let has_nextest = workspace.root().join(".config/nextest.toml").is_file();
        let default = if has_nextest || shard.is_some() { Runner::Nextest } else { Runner::Cargo };
        let config = Config::read(workspace.root())?;
        let runner = running.runner.or(config.runner).unwrap_or(default);
        if shard.is_some() && runner == Runner::Cargo {
            bail!("cargo can't run a part of the tests: `--shard` needs `--runner nextest`");
        }
        Ok(Self { selection, running, order, runner, shard, has_doctests: config.doctests })
    }

    pub(crate) fn counts(&self) -> bool {
        self.order.mode == Mode::Count
    }

    /// Whether a failing test program stops nothing.
    pub(crate) fn goes_on(&self) -> bool {
        self.counts() || self.running.no_fail_fast
    }

    /// What is said of tests that are named, where it can't be seen which ones that leaves out.
    pub(crate) fn named(&self) -> Option<String> {
        let has_arguments = self.running.filter.is_some() || !self.running.args.is_empty();
        has_arguments
            .then(|| "only some tests were run, by their names or by arguments behind `--`".to_owned())
    }

    /// The targets for cargo, where nextest runs none.
    pub(crate) fn targets(&self) -> Vec<OsString> {
        let mut targets = self.selection.targets();
        if !self.has_doctests && !self.selection.names_targets() {
            // All but the documentation.
            targets.push("--tests".into());
        }
        targets
    }

    /// The documentation's examples, which nextest leaves to cargo. They are no part of any shard
    /// but the first.
    pub(crate) fn has_docs(&self, workspace: &Workspace, programs: &[Program]) -> bool {
        let is_first = self.shard.is_none_or(|shard| shard.index == 1);
        let are_tested = |package: &str| programs.iter().any(|program| program.package == package);
        let mut members = workspace.members().into_iter();
        is_first
            && self.has_doctests
            && self.selection.has_docs()
            && members.any(|member| {
                are_tested(&member.name)
                    && member.targets.iter().any(|target| target.doctest && has_docs(target))
            })
    }
}

fn has_docs(target: &cargo_metadata::Target) -> bool {
    use cargo_metadata::TargetKind;

    let is_library =
        |kind: &TargetKind| matches!(kind, TargetKind::Lib | TargetKind::RLib | TargetKind::ProcMacro);
    target.kind.iter().any(is_library)
}

/// `2/4`
fn shard(text: &str) -> Result<Shard> {
    let parse = || {
        let (index, count) = text.split_once('/')?;
        let shard = Shard { index: index.parse().ok()?, count: count.parse().ok()? };
        (1..=shard.count).contains(&shard.index).then_some(shard)
    };
    parse().with_context(|| {
        format!("`--shard {text}` is no part of the tests: write `--shard 2/4` for the second of four")
    })
}
