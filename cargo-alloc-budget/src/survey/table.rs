//! What a survey has found, for the terminal and as Markdown.

use std::cmp::Reverse;
use std::io::Write;

use anyhow::Result;
use comfy_table::{CellAlignment, ContentArrangement, Table, presets};

use crate::survey::found::{Class, Package, Survey, Surveyed};
use crate::survey::loops::Loop;
use crate::text::number;

/// Rows of a list, unless all are wanted.
const SHOWN: usize = 20;
/// Called by fewer tests than this, "never" says little.
const FEW_TESTS: usize = 2;

/// How it is written.
#[derive(Debug, Clone, Copy)]
pub struct Style {
    pub all: bool,
    pub is_markdown: bool,
    /// Of the terminal, in columns.
    pub width: Option<u16>,
}

/// Writes the lists.
///
/// # Errors
/// `out` can't be written to.
pub fn write(survey: &Survey, style: Style, out: &mut dyn Write) -> Result<()> {
    for package in &survey.packages {
        writeln!(out, "{}{}", if style.is_markdown { "- " } else { "" }, summary(package))?;
    }
    for list in lists(survey) {
        list.write(style, out)?;
    }
    if !survey.loops.is_empty() {
        loops(survey, style, out)?;
    }
    for reason in &survey.run.incomplete {
        writeln!(out, "\nincomplete: {reason}")?;
    }
    Ok(())
}

/// What of a package was surveyed.
fn summary(package: &Package) -> String {
    let Package { name, surveyed, reached, left_out, refusal } = package;
    if let Some(why) = refusal {
        return format!("{name}: not surveyed: {why}");
    }
    let share = if *surveyed == 0 { 0 } else { 100 * reached / surveyed };
    let mut text = format!("{name}: {surveyed} functions, of which tests reached {reached} ({share} %)");
    let parts: Vec<String> = left_out.iter().map(|(why, count)| format!("{count} {why}")).collect();
    if !parts.is_empty() {
        text.push_str("; left out: ");
        text.push_str(&parts.join(", "));
    }
    text
}

/// Some of the functions, and what is to be said of them.
struct List<'a> {
    title: &'static str,
    header: Vec<&'static str>,
    functions: Vec<&'a Surveyed>,
    row: fn(&Surveyed) -> Vec<String>,
}

fn lists(survey: &Survey) -> Vec<List<'_>> {
    let by = |class: Class, key: fn(&Surveyed) -> u64| {
        let mut functions: Vec<_> = survey.class(class).collect();
        functions.sort_by_key(|function| Reverse(key(function)));
        functions
    };
    let most = |function: &Surveyed| function.allocations.map_or(0, |[_, most]| most);
    vec![
        List {
            title: "never allocate",
            header: vec!["calls", "tests", ""],
            functions: by(Class::Never, |function| function.calls),
            row: |function| {
                let weak = if function.tests < FEW_TESTS { "weak: called by one test" } else { "" };
                vec![number(function.calls), number(function.tests as u64), weak.to_owned()]
            },
        },
        per_call("allocate the same in each call", by(Class::Constant, most)),
        per_call("differ from call to call", by(Class::Varies, most)),
        List {
            title: "allocate most by themselves, in all calls",
            header: vec!["allocations", "bytes", "calls"],
            functions: survey.by_themselves(),
            row: |function| {
                let own = |value: Option<u64>| value.map(number).unwrap_or_default();
                vec![own(function.own_allocations), own(function.own_bytes), number(function.calls)]
            },
        },
    ]
}

/// A line for each stack, from the function inwards.
fn loops(survey: &Survey, style: Style, out: &mut dyn Write) -> Result<()> {
    let (heading, item) = if style.is_markdown { ("### ", "- ") } else { ("", "  ") };
    writeln!(out, "\n{heading}{} allocate for each item of a loop\n", survey.loops.len())?;
    let shown = if style.all { survey.loops.len() } else { survey.loops.len().min(SHOWN) };
    for Loop { path, frames, allocations, calls } in &survey.loops[..shown] {
        let (allocations, calls) = (number(*allocations), number(*calls));
        writeln!(out, "{item}{path}: {allocations} a call, in {calls} calls: {}", frames.join(" > "))?;
    }
    Ok(())
}

/// What each call did.
fn per_call<'a>(title: &'static str, functions: Vec<&'a Surveyed>) -> List<'a> {
    List {
        title,
        header: vec!["allocations", "bytes", "calls", "tests"],
        functions,
        row: |function| {
            vec![
                range(function.allocations),
                range(function.bytes),
                number(function.calls),
                number(function.tests as u64),
            ]
        },
    }
}

/// `3`, or `0–3`.
fn range(values: Option<[u64; 2]>) -> String {
    match values {
        Some([least, most]) if least == most => number(most),
        Some([least, most]) => format!("{}–{}", number(least), number(most)),
        None => String::new(),
    }
}

impl List<'_> {
    fn write(&self, style: Style, out: &mut dyn Write) -> Result<()> {
        if self.functions.is_empty() {
            return Ok(());
        }
        let count = self.functions.len();
        let heading = if style.is_markdown { "### " } else { "" };
        writeln!(out, "\n{heading}{count} {}", self.title)?;
        let shown = if style.all { count } else { count.min(SHOWN) };
        let mut table = Table::new();
        table.load_style(if style.is_markdown { presets::ASCII_MARKDOWN } else { presets::NOTHING });
        if let Some(width) = style.width.filter(|_| !style.is_markdown) {
            table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
        }
        if style.is_markdown {
            writeln!(out)?;
        }
        table.set_header(["function", "place"].iter().chain(&self.header));
        for function in &self.functions[..shown] {
            let place = format!("{}:{}", function.file, function.line);
            table.add_row([function.path.clone(), place].into_iter().chain((self.row)(function)));
        }
        for column in table.column_iter_mut().skip(2) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        writeln!(out, "{table}")?;
        if shown < count {
            writeln!(
                out,
                "{}and {} more: `--all`",
                if style.is_markdown { "\n" } else { " " },
                count - shown
            )?;
        }
        Ok(())
    }
}
