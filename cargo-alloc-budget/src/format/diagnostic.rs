//! Findings as the compiler's messages: for people in rustc's manner, for editors as cargo's JSON.

use std::io::Write;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level as Severity, Origin, Patch, Renderer, Snippet};
use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use super::{Context, words};
use crate::ratchet::{self, Finding, Level, Trouble};
use crate::report::Report;
use crate::source::text::Text;
use crate::spot::{Spot, Spots};
use crate::text::{count, number};
use crate::workspace::Workspace;

/// A message of cargo's a line, for each finding whose source is as it was compiled.
pub(crate) fn write(report: &Report, context: &Context<'_>, out: &mut dyn Write) -> Result<()> {
    let workspace =
        context.workspace.context("cargo's messages name its packages: run this in the workspace")?;
    let mut spots = Spots::new(workspace.root());
    for found in &ratchet::judge(&[report], context.config, context.is_ratchet).list {
        if let Some(spot) = spots.find(found) {
            writeln!(out, "{}", message(found, &spot, workspace))?;
        }
    }
    Ok(())
}

fn message(found: &Finding<'_>, spot: &Spot, workspace: &Workspace) -> Value {
    let members = workspace.members();
    let package =
        members.iter().find(|package| Some(package.name.as_str()) == found.budget.package.as_deref());
    let target = package.and_then(|package| {
        let is_of_crate = |name: &str| found.budget.path.split("::").next() == Some(&name.replace('-', "_"));
        package.targets.iter().find(|target| is_of_crate(&target.name)).or(package.targets.first())
    });
    json!({
        "reason": "compiler-message",
        "package_id": package.map(|package| &package.id),
        "manifest_path": package.map(|package| &package.manifest_path),
        "target": target,
        "message": diagnostic(found, spot),
    })
}

/// The compiler's own JSON.
fn diagnostic(found: &Finding<'_>, spot: &Spot) -> Value {
    let text = &spot.file.text;
    let file = &found.budget.file;
    let mut children: Vec<Value> = notes(found).iter().map(|note| child("note", note, &[])).collect();
    children.push(match &spot.replacement {
        Some(new) => {
            let mut edited = span(text, file, &spot.range, None);
            edited["suggested_replacement"] = new.as_str().into();
            edited["suggestion_applicability"] = "MachineApplicable".into();
            child("help", &format!("write `{new}`"), &[edited])
        }
        None => child("help", &found.help(), &[]),
    });
    json!({
        "$message_type": "diagnostic",
        "message": found.title(),
        "code": { "code": format!("alloc_budget::{}", found.trouble.name()), "explanation": null },
        "level": level(found),
        "spans": [span(text, file, &spot.range, Some(&label(found)))],
        "children": children,
        "rendered": rendered(found, Some(spot), &Renderer::plain()) + "\n",
    })
}

fn level(found: &Finding<'_>) -> &'static str {
    match found.level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Note => "note",
    }
}

fn child(level: &str, message: &str, spans: &[Value]) -> Value {
    json!({
        "message": message, "code": null, "level": level, "spans": spans, "children": [], "rendered": null,
    })
}

/// Columns are characters, from 1; bytes are those of the file.
fn span(text: &Text, file: &str, range: &Range<usize>, label: Option<&str>) -> Value {
    let (start, end) = (text.place(range.start), text.place(range.end));
    let line = |number: u32| {
        let mut lines = text.as_str().trim_start_matches('\u{feff}').lines();
        let content = usize::try_from(number).ok().and_then(|number| lines.nth(number - 1)).unwrap_or("");
        let last = u32::try_from(content.chars().count() + 1).unwrap_or(u32::MAX);
        json!({
            "text": content,
            "highlight_start": if number == start.line { start.column } else { 1 },
            "highlight_end": if number == end.line { end.column } else { last },
        })
    };
    json!({
        "file_name": file,
        "byte_start": range.start,
        "byte_end": range.end,
        "line_start": start.line,
        "line_end": end.line,
        "column_start": start.column,
        "column_end": end.column,
        "is_primary": true,
        "text": (start.line..=end.line).map(line).collect::<Vec<_>>(),
        "label": label,
        "suggested_replacement": null,
        "suggestion_applicability": null,
        "expansion": null,
    })
}

/// What stands beside the marked words.
fn label(found: &Finding<'_>) -> String {
    let budget = found.budget;
    match found.trouble {
        Trouble::Exceeded => {
            let test = found.test().map(|test| format!(" in {test}")).unwrap_or_default();
            format!("{} of {}{test}", number(found.actual), number(found.allowed))
        }
        Trouble::Generous => {
            let calls = count(budget.calls.total, "call");
            let tests = count(budget.tests.len() as u64, "test");
            if found.is_constant() {
                format!("worst in {calls} of {tests}: {}", number(found.actual))
            } else {
                format!("no call in {calls} of {tests} left less than {}", number(found.room()))
            }
        }
        Trouble::Unchecked | Trouble::Unreached | Trouble::Unjudged => found.what(),
    }
}

/// The call sites of an overage.
fn notes(found: &Finding<'_>) -> Vec<String> {
    let overage = words::worst_overage(found.budget).filter(|_| found.trouble == Trouble::Exceeded);
    overage.map(|overage| overage.sites.iter().take(8).map(words::site).collect()).unwrap_or_default()
}

/// In rustc's manner, with the source where it is known.
pub fn rendered(found: &Finding<'_>, spot: Option<&Spot>, renderer: &Renderer) -> String {
    let budget = found.budget;
    let severity = match found.level {
        Level::Error => Severity::ERROR,
        Level::Warning => Severity::WARNING,
        Level::Note => Severity::NOTE,
    };
    let (title, label, notes) = (found.title(), label(found), notes(found));
    let group = Group::with_title(severity.primary_title(title));
    let mut group = match spot {
        Some(spot) => group.element(
            Snippet::source(spot.file.text.as_str())
                .path(budget.file.as_str())
                .annotation(AnnotationKind::Primary.span(spot.range.clone()).label(label)),
        ),
        None => group
            .element(Origin::path(budget.file.as_str()).line(usize::try_from(budget.line).unwrap_or(1)))
            .element(Severity::NOTE.message(label)),
    };
    for note in &notes {
        group = group.element(Severity::NOTE.message(note.as_str()));
    }
    let exception = exception(found);
    let mut groups = vec![group];
    let help = found.help();
    match spot.and_then(|spot| Some((spot, spot.replacement.as_ref()?))) {
        Some((spot, new)) => groups.push(
            Group::with_title(Severity::HELP.secondary_title(help)).element(
                Snippet::source(spot.file.text.as_str())
                    .path(budget.file.as_str())
                    .patch(Patch::new(spot.range.clone(), new.as_str())),
            ),
        ),
        None => {
            if let Some(group) = groups.pop() {
                groups.push(group.element(Severity::HELP.message(help)));
            }
        }
    }
    if let (Some(exception), Some(group)) = (exception, groups.pop()) {
        groups.push(group.element(Severity::HELP.message(exception)));
    }
    renderer.render(&groups)
}

/// The entry of `alloc-budget.toml` that would excuse it.
fn exception(found: &Finding<'_>) -> Option<String> {
    let path = &found.budget.path;
    let what = match found.trouble {
        Trouble::Generous => format!("slack = {}", found.room()),
        Trouble::Unreached | Trouble::Unjudged => "unreached = true".into(),
        Trouble::Exceeded | Trouble::Unchecked => return None,
    };
    (found.level == Level::Error).then(|| {
        format!("or excuse it in alloc-budget.toml:\n[[allow]]\npath = \"{path}\"\n{what}\nreason = \"…\"")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::report::budget::{Budget, Limit};
    use crate::report::example;

    /// A file with a wide character and a tab in front of the limit, and a byte order mark.
    const SOURCE: &str = "\u{feff}/* 漢 */\t#[alloc_budget(max = 1_2)]\nfn headers() {}\n";

    fn spotted(source: &str, budget: Budget, check: impl FnOnce(&Finding<'_>, &Spot)) {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join("parse/src")).unwrap();
        std::fs::write(folder.path().join("parse/src/lib.rs"), source).unwrap();
        let report = Report { budgets: vec![budget], ..example::report() };
        let config = Config::default();
        let findings = ratchet::judge(&[&report], &config, true);
        let found = &findings.list[0];
        let spot = Spots::new(folder.path()).find(found).expect("the source is as it was");
        check(found, &spot);
    }

    fn headers(source: &str, line: u32) -> Budget {
        let mut budget = example::budget("parse::headers", 12, 4, 320);
        budget.line = line;
        let written = budget.source.as_mut().unwrap();
        written.hash = crate::source::file::hash(source.as_bytes());
        written.limits.insert(Limit::Max, "1_2".into());
        budget
    }

    #[test]
    fn a_suggestion_replaces_the_literal_and_nothing_else() {
        spotted(SOURCE, headers(SOURCE, 2), |found, spot| {
            let diagnostic = diagnostic(found, spot);
            let at = &diagnostic["spans"][0];
            assert_eq!(at["file_name"], "parse/src/lib.rs");
            let bytes = SOURCE.find("1_2").unwrap();
            assert_eq!([&at["byte_start"], &at["byte_end"]], [bytes, bytes + 3]);
            // In characters: `/* 漢 */`, the tab, `#[alloc_budget(max = `.
            assert_eq!([&at["line_start"], &at["column_start"], &at["column_end"]], [1, 30, 33]);
            assert_eq!(at["text"][0]["text"], "/* 漢 */\t#[alloc_budget(max = 1_2)]");
            assert_eq!(at["text"][0]["highlight_start"], 30);
            let help = &diagnostic["children"][0]["spans"][0];
            assert_eq!(help["suggested_replacement"], "4");
            assert_eq!(help["suggestion_applicability"], "MachineApplicable");
            assert_eq!(help["byte_start"], bytes);
        });
    }

    #[test]
    fn the_ratchet_speaks_as_the_compiler_does() {
        let source = "// Parses.\n\n#[alloc_budget(max = 1_2)]\nfn headers() {}\n";
        spotted(source, headers(source, 4), |found, spot| {
            let text = rendered(found, Some(spot), &Renderer::plain());
            assert_eq!(
                text,
                "\
error: the budget of `parse::headers` is more generous than it has to be
 --> parse/src/lib.rs:3:22
  |
3 | #[alloc_budget(max = 1_2)]
  |                      ^^^ worst in 320 calls of 1 test: 4
  |
help: `cargo alloc-budget tighten` lowers it
  |
3 - #[alloc_budget(max = 1_2)]
3 + #[alloc_budget(max = 4)]
  |
  = help: or excuse it in alloc-budget.toml:
          [[allow]]
          path = \"parse::headers\"
          slack = 8
          reason = \"…\""
            );
        });
    }

    #[test]
    fn cargos_own_reader_reads_a_message() {
        spotted(SOURCE, headers(SOURCE, 2), |found, spot| {
            let read: cargo_metadata::diagnostic::Diagnostic =
                serde_json::from_value(diagnostic(found, spot)).unwrap();
            assert_eq!(read.level, cargo_metadata::diagnostic::DiagnosticLevel::Error);
            assert!(read.rendered.unwrap().starts_with("error: the budget of `parse::headers`"));
        });
    }

    #[test]
    fn a_changed_file_has_no_spot() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join("parse/src")).unwrap();
        std::fs::write(folder.path().join("parse/src/lib.rs"), format!("{SOURCE}// changed")).unwrap();
        let report = Report { budgets: vec![headers(SOURCE, 2)], ..example::report() };
        let config = Config::default();
        let findings = ratchet::judge(&[&report], &config, true);
        assert!(Spots::new(folder.path()).find(&findings.list[0]).is_none());
    }
}
