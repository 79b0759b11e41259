//! Tests that `cargo test` runs.

use std::path::Path;

use anyhow::Result;

use super::build::{cargo, record_into};
use super::flags::Dialect;
use super::libtest::Reader;
use super::outcome::{Failure, Outcome};
use super::plan::Plan;
use super::relay::{self, Lines};
use crate::record::program::Program;

impl Lines for Reader {
    fn line(&mut self, line: &[u8]) -> bool {
        Reader::line(self, &String::from_utf8_lossy(line));
        true
    }
}

/// What of the selection cargo runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// As the user has selected.
    All,
    /// The documentation's examples only.
    Docs,
}

/// # Errors
/// Cargo can't be started.
pub(crate) fn run(plan: &Plan<'_>, part: Part, programs: &[Program], folder: &Path) -> Result<Outcome> {
    let Plan { selection, running, .. } = plan;
    let mut command = cargo();
    command.arg("test").args(selection.flags(Dialect::Cargo));
    let is_docs = part == Part::Docs || selection.doc;
    if is_docs {
        command.arg("--doc");
    } else {
        command.args(plan.targets());
    }
    if plan.goes_on() {
        command.arg("--no-fail-fast");
    }
    command.args(running.arguments());
    record_into(&mut command, folder, plan);
    let (status, reader) = relay::run(command, Reader::default(), false, plan.order.output)?;
    let exit = status.code();
    let Some(reader) = reader else {
        let incomplete = plan.named().into_iter().collect();
        return Ok(Outcome { exit, incomplete, ..Outcome::default() });
    };
    let counts = reader.finish();
    let failures = counts.failures.iter().map(|test| Failure { program: None, test: test.clone() });
    let mut outcome = Outcome { exit, failures: failures.collect(), is_known: true, ..Outcome::default() };
    if counts.filtered > 0 {
        outcome.incomplete.insert(format!("{} left out by name", tests(counts.filtered)));
    }
    if counts.unfinished > 0 {
        outcome.incomplete.insert(format!("{} ended before its tests did", programs_of(counts.unfinished)));
    }
    let all = programs.iter().filter(|program| program.is_test).count() as u64;
    // What is past the programs are the documentation's examples.
    if !is_docs && exit != Some(0) && counts.programs < all {
        outcome.incomplete.insert(format!(
            "cargo stops at the first test program that fails: {} of {all} were run. `--no-fail-fast` runs \
             all of them",
            counts.programs
        ));
    }
    outcome.counts = counts;
    Ok(outcome)
}

pub(super) fn tests(count: u64) -> String {
    if count == 1 { "1 test was".to_owned() } else { format!("{count} tests were") }
}

fn programs_of(count: u64) -> String {
    if count == 1 { "a test program".to_owned() } else { format!("each of {count} test programs") }
}
