//! Tests that `cargo nextest` runs.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use super::build::{cargo, record_into};
use super::cargo::tests;
use super::flags::Dialect;
use super::outcome::{Failure, Outcome};
use super::plan::Plan;
use super::relay::{self, Lines};
use crate::report::Shard;

/// The tests as `nextest list` has them: suites, and in them tests.
#[derive(Debug, Deserialize)]
struct List {
    #[serde(rename = "rust-suites")]
    suites: BTreeMap<String, Suite>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Suite {
    package_name: String,
    binary_name: String,
    testcases: BTreeMap<String, Testcase>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Testcase {
    ignored: bool,
    filter_match: Match,
}

#[derive(Debug, Deserialize)]
struct Match {
    status: String,
    reason: Option<String>,
}

/// What nextest says while it runs.
#[derive(Debug, Deserialize)]
struct Event {
    #[serde(rename = "type")]
    what: String,
    #[serde(rename = "event")]
    happened: String,
    name: Option<String>,
}

/// The tests that have ended, and how.
#[derive(Debug, Default)]
struct Events {
    passed: BTreeSet<Failure>,
    failed: BTreeSet<Failure>,
    /// The beginning of an event that goes on in the next line.
    cut: Option<Vec<u8>>,
}

impl Lines for Events {
    fn line(&mut self, line: &[u8]) -> bool {
        let begins = line.starts_with(br#"{"type":"#);
        let event = match self.cut.take().filter(|_| !begins) {
            Some(cut) => [&*cut, br"\n", line].concat(),
            None => line.to_owned(),
        };
        let Ok(Event { what, happened, name }) = serde_json::from_slice(&event) else {
            // Of a test whose output is not captured, nextest writes a string's end of a line as it
            // is. What is no event, such a test has printed.
            let is_cut = event.starts_with(br#"{"type":"test","event":"#);
            self.cut = is_cut.then_some(event);
            return !is_cut;
        };
        let Some(test) = name.filter(|_| what == "test").as_deref().and_then(parse) else { return false };
        match happened.as_str() {
            "ok" => drop(self.passed.insert(test)),
            "failed" => drop(self.failed.insert(test)),
            _ => {}
        }
        false
    }
}

/// `a-pkg::it$tests::one#2` is the second attempt of a test.
fn parse(name: &str) -> Option<Failure> {
    let (program, test) = name.split_once('$')?;
    let (package, binary) = program.split_once("::")?;
    let is_attempt = |attempt: &str| !attempt.is_empty() && attempt.bytes().all(|byte| byte.is_ascii_digit());
    let test =
        test.rsplit_once('#').filter(|(_, attempt)| is_attempt(attempt)).map_or(test, |(test, _)| test);
    Some(Failure { program: Some((package.to_owned(), binary.to_owned())), test: test.to_owned() })
}

/// # Errors
/// Nextest is not installed, or can't list the tests.
pub(crate) fn run(plan: &Plan<'_>, folder: &Path) -> Result<Outcome> {
    let Plan { selection, running, .. } = plan;
    let mut arguments = selection.flags(Dialect::Nextest);
    arguments.extend(selection.targets());
    if let Some(Shard { index, count }) = plan.shard {
        arguments.push(format!("--partition={}:{index}/{count}", partition()).into());
    }
    let mut list = cargo();
    list.args(["nextest", "list", "--message-format=json"]).args(&arguments).args(running.arguments());
    let list = list_of(list)?;

    let mut command = cargo();
    command.args(["nextest", "run"]).args(&arguments);
    command.args(["--message-format=libtest-json", "--message-format-version=0.1", "--no-tests=warn"]);
    if plan.goes_on() {
        command.arg("--no-fail-fast");
    }
    command.args(running.arguments());
    command.env("NEXTEST_EXPERIMENTAL_LIBTEST_JSON", "1");
    record_into(&mut command, folder, plan);
    let (status, events) = relay::run(command, Events::default(), true, plan.order.output)?;
    Ok(outcome(status.code(), &events.unwrap_or_default(), &list))
}

fn outcome(exit: Option<i32>, events: &Events, list: &List) -> Outcome {
    let mut outcome = Outcome { exit, is_known: true, ..Outcome::default() };
    let (mut left_out, mut not_run) = (0, 0);
    for suite in list.suites.values() {
        for (name, test) in &suite.testcases {
            let reason = test.filter_match.reason.as_deref();
            match (test.filter_match.status.as_str(), reason) {
                ("matches", _) => {
                    let program = Some((suite.package_name.clone(), suite.binary_name.clone()));
                    let test = Failure { program, test: name.clone() };
                    not_run += u64::from(!events.passed.contains(&test) && !events.failed.contains(&test));
                }
                _ if test.ignored => outcome.counts.ignored += 1,
                // The other shards' tests.
                (_, Some("partition")) => {}
                _ => left_out += 1,
            }
        }
    }
    if left_out > 0 {
        outcome.incomplete.insert(format!("{} left out by a filter", tests(left_out)));
    }
    if not_run > 0 {
        outcome.incomplete.insert(format!("{} not run: `--no-fail-fast` runs all of them", tests(not_run)));
    }
    outcome.counts.passed = events.passed.len() as u64;
    outcome.counts.failed = events.failed.len() as u64;
    outcome.failures.clone_from(&events.failed);
    outcome
}

fn list_of(mut command: Command) -> Result<List> {
    let output = command.output().context("can't start `cargo nextest`")?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        if said.contains("no such command") {
            bail!("`cargo nextest` is not installed: install it, or run the tests with `--runner cargo`");
        }
        bail!("`cargo nextest list` fails: {}", said.trim());
    }
    serde_json::from_slice(&output.stdout).context("can't read what `cargo nextest list` says")
}

/// How the installed nextest cuts the tests into parts of about the same size.
fn partition() -> &'static str {
    let help = cargo().args(["nextest", "run", "--help"]).output();
    let knows_slices = help.is_ok_and(|help| String::from_utf8_lossy(&help.stdout).contains("slice:"));
    if knows_slices { "slice" } else { "hash" }
}

#[cfg(test)]
mod tests {
    use super::{Events, Failure, List, outcome, parse};
    use crate::run::relay::Lines;

    const LIST: &str = r#"{"rust-build-meta":{},"test-count":4,"rust-suites":{"a-pkg":{
        "package-name":"a-pkg","binary-id":"a-pkg","binary-name":"a_pkg","kind":"lib","testcases":{
            "one":{"ignored":false,"filter-match":{"status":"matches"}},
            "two":{"ignored":true,"filter-match":{"status":"mismatch","reason":"ignored"}},
            "three":{"ignored":false,"filter-match":{"status":"mismatch","reason":"string"}},
            "four":{"ignored":false,"filter-match":{"status":"mismatch","reason":"partition"}},
            "five":{"ignored":false,"filter-match":{"status":"matches"}}}}}}"#;

    #[test]
    fn an_attempt_is_no_part_of_the_name() {
        let failure = |test: &str| {
            let program = Some(("a-pkg".to_owned(), "it".to_owned()));
            Some(Failure { program, test: test.to_owned() })
        };
        assert_eq!(parse("a-pkg::it$tests::one#2"), failure("tests::one"));
        assert_eq!(parse("a-pkg::it$tests::one"), failure("tests::one"));
        assert_eq!(parse("a-pkg::it$r#loop"), failure("r#loop"));
        assert_eq!(parse("nothing"), None);
    }

    #[test]
    fn an_event_may_be_cut_into_lines() {
        let mut events = Events::default();
        let cut = br#"{"type":"test","event":"failed","name":"a-pkg::it$one","stdout":"(not captured)"#;
        assert!(!events.line(cut) && !events.line(b"(neither)") && !events.line(br#""}"#));
        assert!(events.line(b"printed by a test"));
        assert_eq!(events.failed.len(), 1);
        // Its end never came.
        assert!(!events.line(cut));
        assert!(!events.line(br#"{"type":"test","event":"ok","name":"a-pkg::it$two"}"#));
        assert_eq!((events.failed.len(), events.passed.len()), (1, 1));
    }

    #[test]
    fn what_was_listed_must_have_been_run() {
        let list: List = serde_json::from_str(LIST).unwrap();
        let mut events = Events::default();
        assert!(!events.line(br#"{"type":"suite","event":"started","test_count":4}"#));
        assert!(!events.line(br#"{"type":"test","event":"started","name":"a-pkg::a_pkg$one"}"#));
        assert!(!events.line(br#"{"type":"test","event":"ok","name":"a-pkg::a_pkg$one"}"#));
        assert!(events.line(b"printed by a test"));
        let told = outcome(Some(0), &events, &list);
        let incomplete: Vec<_> = told.incomplete.iter().map(String::as_str).collect();
        assert_eq!(
            incomplete,
            ["1 test was left out by a filter", "1 test was not run: `--no-fail-fast` runs all of them"]
        );
        assert_eq!((told.counts.passed, told.counts.failed, told.counts.ignored), (1, 0, 1));
        assert!(!events.line(br#"{"type":"test","event":"failed","name":"a-pkg::a_pkg$five"}"#));
        let told = outcome(Some(100), &events, &list);
        assert_eq!((told.incomplete.len(), told.counts.failed, told.failures.len()), (1, 1, 1));
    }
}
