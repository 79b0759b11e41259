//! The findings of a report as GitHub's annotations.

use std::io::Write;

use anyhow::Result;

use super::annotations::{Annotation, data, write_all};
use super::context::Context;
use super::words;
use crate::ratchet::{Finding, Level};
use crate::report::Report;

pub(crate) fn write(report: &Report, context: &Context<'_>, out: &mut dyn Write) -> Result<()> {
    let findings = context.judge(report);
    for (level, command) in [(Level::Error, "error"), (Level::Warning, "warning"), (Level::Note, "notice")] {
        let of_level = findings.iter().filter(|found| found.level == level);
        let annotations: Vec<_> = of_level.map(annotation).collect();
        write_all(command, &annotations, "`cargo alloc-budget report` shows them", out)?;
    }
    for reason in &report.run.incomplete {
        writeln!(out, "::warning title=The run is incomplete::{}", data(reason))?;
    }
    Ok(())
}

fn annotation(found: &Finding<'_>) -> Annotation {
    let budget = found.budget;
    Annotation { file: budget.file.clone(), line: budget.line, title: found.title(), text: message(found) }
}

fn message(found: &Finding<'_>) -> String {
    let mut lines = vec![found.what()];
    if found.level == Level::Error {
        let sites =
            words::worst_overage(found.budget).map(|overage| overage.sites.as_slice()).unwrap_or_default();
        lines.extend(sites.iter().take(4).map(words::site));
    }
    lines.push(format!("help: {}", found.help()));
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::report::example;

    fn lines(report: &Report) -> Vec<String> {
        let config = Config::default();
        let mut out = Vec::new();
        write(report, &Context::new(&config), &mut out).unwrap();
        String::from_utf8(out).unwrap().lines().map(str::to_owned).collect()
    }

    /// What GitHub's runner makes of a command: its name, its properties and its text.
    fn read(line: &str) -> (String, Vec<(String, String)>, String) {
        let unescape = |text: &str| {
            let text = text.replace("%3A", ":").replace("%2C", ",").replace("%0D", "\r").replace("%0A", "\n");
            text.replace("%25", "%")
        };
        let (head, data) = line.strip_prefix("::").unwrap().split_once("::").unwrap();
        let (name, properties) = head.split_once(' ').unwrap();
        let pair = |pair: &str| {
            let (key, value) = pair.split_once('=').unwrap();
            (key.to_owned(), unescape(value))
        };
        (name.to_owned(), properties.split(',').map(pair).collect(), unescape(data))
    }

    #[test]
    fn each_finding_is_a_command_at_its_place() {
        let lines = lines(&example::report());
        let (name, properties, text) = read(&lines[0]);
        assert_eq!(name, "error");
        assert_eq!(properties[0], ("file".into(), "codec/src/codec.rs".into()));
        assert_eq!(properties[1], ("line".into(), "40".into()));
        assert_eq!(
            properties[2],
            ("title".into(), "the allocation budget of `codec::Encoder::frame` is exceeded".into())
        );
        assert_eq!(
            text,
            "`max` exceeded: 2 of 1 in tests::big\n+1 codec/src/codec.rs:44 Vec::reserve\n\
             help: `cargo alloc-budget bless` raises it, if that is meant"
        );
        let names: Vec<_> = lines.iter().map(|line| read(line).0).collect();
        assert_eq!(names, ["error", "warning", "notice", "notice"]);
    }

    #[test]
    fn the_tenth_says_how_many_more_there_are() {
        let of = |budgets: usize| {
            let budget = |at| example::budget(&format!("a::f{at:03}"), 1, 2, 3);
            lines(&Report { budgets: (0..budgets).map(budget).collect(), ..example::report() })
        };
        assert_eq!(of(10).len(), 10);
        assert!(of(10).iter().all(|line| line.contains("is exceeded")));
        assert_eq!(of(40).len(), 10);
        assert_eq!(
            of(40)[9],
            "::error title=Allocation budgets::and 31 more: `cargo alloc-budget report` shows them"
        );
    }

    #[test]
    fn nothing_in_a_name_ends_the_command() {
        let mut report = Report { budgets: vec![example::budget("a::f", 1, 2, 3)], ..example::report() };
        report.budgets[0].path = "a::f<100%, [u8; 1]>\n::error::".into();
        report.budgets[0].file = "src/a,line=7::b.rs".into();
        let lines = lines(&report);
        assert_eq!(lines.len(), 1);
        let (_, properties, _) = read(&lines[0]);
        assert_eq!(properties.len(), 3, "{properties:?}");
        assert_eq!(properties[0].1, "src/a,line=7::b.rs");
        assert!(properties[2].1.contains("a::f<100%, [u8; 1]>\n::error::"));
    }
}
