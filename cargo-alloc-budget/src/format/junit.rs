//! JUnit's XML: a test suite for each package, a test case for each budget.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write;

use anyhow::Result;

use super::{Context, words};
use crate::ratchet::{self, Finding, Level, Trouble};
use crate::report::Report;
use crate::report::budget::Budget;

pub(crate) fn write(report: &Report, context: &Context<'_>, out: &mut dyn Write) -> Result<()> {
    let findings = ratchet::judge(&[report], context.config, context.is_ratchet).list;
    let mut suites: BTreeMap<&str, Vec<Case<'_>>> = BTreeMap::new();
    for budget in &report.budgets {
        let findings = findings.iter().filter(|found| found.budget.key() == budget.key()).collect();
        suites.entry(budget.package.as_deref().unwrap_or("")).or_default().push(Case { budget, findings });
    }
    let all = || suites.values().flatten();
    writeln!(out, r#"<?xml version="1.0" encoding="UTF-8"?>"#)?;
    writeln!(out, r#"<testsuites name="allocation budgets" {}>"#, numbers(all()))?;
    for (package, cases) in &suites {
        writeln!(out, r#"  <testsuite name="{}" {}>"#, escape(package), numbers(cases.iter()))?;
        for case in cases {
            out.write_all(case.xml().as_bytes())?;
        }
        writeln!(out, "  </testsuite>")?;
    }
    writeln!(out, "</testsuites>")?;
    Ok(())
}

struct Case<'a> {
    budget: &'a Budget,
    findings: Vec<&'a Finding<'a>>,
}

impl Case<'_> {
    fn fails(&self) -> bool {
        self.findings.iter().any(|found| found.level == Level::Error)
    }

    /// No test reaches it, and that is no error.
    fn is_skipped(&self) -> bool {
        !self.fails() && self.findings.iter().any(|found| found.trouble == Trouble::Unreached)
    }

    fn xml(&self) -> String {
        let budget = self.budget;
        let mut text = String::new();
        _ = writeln!(
            text,
            r#"    <testcase classname="{}" name="{}" file="{}" line="{}">"#,
            escape(budget.package.as_deref().unwrap_or("")),
            escape(&words::name(budget)),
            escape(&budget.file),
            budget.line
        );
        for found in &self.findings {
            let what = escape(&found.what());
            _ = match found.level {
                Level::Error => writeln!(
                    text,
                    r#"      <failure type="{}" message="{what}">{}</failure>"#,
                    found.trouble.name(),
                    escape(&details(found))
                ),
                _ if self.is_skipped() => writeln!(text, r#"      <skipped message="{what}"/>"#),
                _ => writeln!(text, "      <system-out>{what}</system-out>"),
            };
        }
        text.push_str("    </testcase>\n");
        text
    }
}

fn numbers<'a>(cases: impl Iterator<Item = &'a Case<'a>> + Clone) -> String {
    format!(
        r#"tests="{}" failures="{}" errors="0" skipped="{}""#,
        cases.clone().count(),
        cases.clone().filter(|case| case.fails()).count(),
        cases.filter(|case| case.is_skipped()).count()
    )
}

/// The call sites of an overage, and what to do.
fn details(found: &Finding<'_>) -> String {
    let mut lines = vec![format!("{}:{}: {}", found.budget.file, found.budget.line, found.title())];
    if found.trouble == Trouble::Exceeded {
        let sites =
            words::worst_overage(found.budget).map(|overage| overage.sites.as_slice()).unwrap_or_default();
        lines.extend(sites.iter().map(words::site));
    }
    lines.push(format!("help: {}", found.help()));
    lines.join("\n")
}

/// Text and values; what XML 1.0 can't have at all is replaced.
fn escape(text: &str) -> String {
    let mut escaped = String::new();
    for char in text.chars() {
        match char {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' => escaped.push_str("&#10;"),
            '\t' => escaped.push_str("&#9;"),
            '\0'..='\x1f' | '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            _ => escaped.push(char),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::report::example;

    fn xml(report: &Report, is_ratchet: bool) -> String {
        let config = Config::default();
        let mut out = Vec::new();
        write(report, &Context { is_ratchet, ..Context::new(&config) }, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_parser_reads_a_case_for_each_budget() {
        let text = xml(&example::report(), false);
        let document = roxmltree::Document::parse(&text).unwrap();
        let cases: Vec<_> = document.descendants().filter(|node| node.has_tag_name("testcase")).collect();
        let of = |name: &str| *cases.iter().find(|case| case.attribute("name") == Some(name)).unwrap();
        assert_eq!(cases.len(), 5);
        let inside = |name: &str| of(name).children().find(roxmltree::Node::is_element);
        let failure = inside("codec::Encoder::frame").unwrap();
        assert!(failure.has_tag_name("failure"));
        assert_eq!(failure.attribute("message"), Some("`max` exceeded: 2 of 1 in tests::big"));
        assert!(failure.text().unwrap().contains("\n+1 codec/src/codec.rs:44 Vec::reserve\n"));
        assert!(inside("cache::evict").unwrap().has_tag_name("skipped"));
        assert!(inside("parse::headers").unwrap().has_tag_name("system-out"));
        assert!(inside("mixer::Mixer::mix").is_none());
        let root = document.root_element();
        assert_eq!(
            ["tests", "failures", "skipped"].map(|name| root.attribute(name)),
            [Some("5"), Some("1"), Some("1")]
        );
    }

    #[test]
    fn what_the_ratchet_refuses_fails() {
        let text = xml(&example::report(), true);
        let document = roxmltree::Document::parse(&text).unwrap();
        assert_eq!(document.root_element().attribute("failures"), Some("4"));
    }

    #[test]
    fn any_name_is_read_back() {
        let mut report = Report { budgets: vec![example::budget("a::f", 1, 2, 3)], ..example::report() };
        report.budgets[0].path = "a::f<&'a \"x\"> ]]>\u{0}\n\t漢".into();
        let text = xml(&report, false);
        let document = roxmltree::Document::parse(&text).unwrap();
        let case = document.descendants().find(|node| node.has_tag_name("testcase")).unwrap();
        assert_eq!(case.attribute("name"), Some("a::f<&'a \"x\"> ]]>\u{fffd}\n\t漢"));
    }
}
