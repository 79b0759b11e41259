//! For the terminal: the budgets that need attention, the worst first, and one line for the rest.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write;

use anstyle::{AnsiColor, Style};
use anyhow::Result;
use comfy_table::{CellAlignment, ContentArrangement, Table};

use super::context::Context;
use super::{attention, words};
use crate::ratchet::{Finding, Trouble};
use crate::report::Report;
use crate::report::budget::{Budget, Key, Limit, Quantity};
use crate::text::number;

const HEADER: [&str; 9] = ["budget", "limit", "", "worst", "slack", "calls", "tests", "worst in", ""];
const NAME: usize = 0;
const LIMIT: usize = 2;
const TEST: usize = 7;
const NOTE: usize = 8;

/// Folded names keep at least so many columns.
const NARROWEST: usize = 24;

/// A line of the table: a limit of a budget.
struct Row {
    cells: [String; 9],
    trouble: Option<Trouble>,
}

pub(crate) fn write(report: &Report, context: &Context<'_>, out: &mut dyn Write) -> Result<()> {
    let findings = context.judge(report);
    let rows = rows(report, &findings, context.all);
    if !rows.is_empty() {
        out.write_all(table(&rows, context.width).as_bytes())?;
    }
    writeln!(out, " {}", words::summary(report, &findings).join(" · "))?;
    attention::exceeded(report, &findings, out)?;
    attention::help(report, &findings, out)?;
    for reason in &report.run.incomplete {
        let style = AnsiColor::Yellow.on_default();
        writeln!(out, " {style}incomplete{style:#}: {reason}")?;
    }
    Ok(())
}

/// The rows of the budgets that something is wrong with, the worst first; then those of the others,
/// if all are wanted.
fn rows(report: &Report, findings: &[Finding<'_>], all: bool) -> Vec<Row> {
    let mut wrong: BTreeMap<Key<'_>, Vec<&Finding<'_>>> = BTreeMap::new();
    let mut order: Vec<&Budget> = Vec::new();
    for found in findings {
        let of_budget = wrong.entry(found.budget.key()).or_default();
        if of_budget.is_empty() {
            order.push(found.budget);
        }
        of_budget.push(found);
    }
    if all {
        let is_fine = |budget: &&Budget| !wrong.contains_key(&budget.key());
        let mut fine: Vec<&Budget> = report.budgets.iter().filter(is_fine).collect();
        fine.sort_by_key(|budget| std::cmp::Reverse(budget.calls.total));
        order.extend(fine);
        // Stable: within a package, by trouble and calls.
        order.sort_by_key(|budget| budget.package.as_deref());
    }
    let of_budget = |budget: &Budget| {
        let findings = wrong.get(&budget.key()).map(Vec::as_slice).unwrap_or_default();
        rows_of(budget, findings)
    };
    order.into_iter().flat_map(of_budget).collect()
}

/// A row for each limit, or for each quantity that is measured. The first one has what is the same
/// for all.
fn rows_of(budget: &Budget, findings: &[&Finding<'_>]) -> Vec<Row> {
    let mut quantities = words::limits(budget);
    let has_limits = !quantities.is_empty();
    if !has_limits {
        let measured = [Limit::Max, Limit::MaxBytes].into_iter();
        quantities.extend(measured.map(|limit| (limit, budget.quantities.get(&limit))));
    }
    let row = |(at, (limit, quantity)): (usize, (Limit, Option<&Quantity>))| {
        let found = findings.iter().find(|found| found.limit.is_none_or(|of| of == limit));
        let first = |text: String| if at == 0 { text } else { String::new() };
        let or_dash = |value: Option<i64>| value.map_or_else(|| "–".into(), number);
        let slack = quantity.and_then(|quantity| quantity.slack);
        Row {
            cells: [
                first(words::name(budget)),
                limit.argument().into(),
                if has_limits { words::limit(budget, limit, quantity) } else { "measure".into() },
                or_dash(quantity.and_then(|quantity| quantity.worst)),
                or_dash(slack),
                first(number(budget.calls.total)),
                first(number(budget.tests.len() as u64)),
                quantity.and_then(worst_in).unwrap_or_default(),
                note(budget, quantity, found.copied(), at == 0),
            ],
            trouble: found.map(|found| found.trouble),
        }
    };
    quantities.into_iter().enumerate().map(row).collect()
}

/// The test with the worst call, and the instance of a generic function.
fn worst_in(quantity: &Quantity) -> Option<String> {
    let test = quantity.test.as_deref();
    match (test, quantity.instance.as_deref()) {
        (Some(test), Some(instance)) => Some(format!("{test} as {instance}")),
        (Some(test), None) => Some(test.into()),
        (None, Some(instance)) => Some(format!("as {instance}")),
        (None, None) => None,
    }
}

/// What the last column says of a row.
fn note(budget: &Budget, quantity: Option<&Quantity>, found: Option<&Finding<'_>>, is_first: bool) -> String {
    let mut parts = Vec::new();
    match found.map(|found| found.trouble) {
        Some(Trouble::Exceeded) => parts.push("✗ exceeded".into()),
        Some(Trouble::Generous) => parts.push("generous".into()),
        Some(_) if !is_first => {}
        Some(_) => parts.extend(found.map(Finding::what)),
        None => {}
    }
    if let Some(quantity) = quantity {
        if quantity.limits.is_some_and(|[least, greatest]| least != greatest) {
            parts.push("(least slack)".into());
        }
        if let Some([least, most]) = quantity.varies {
            parts.push(format!("varies {}–{}", number(least), number(most)));
        }
    }
    let source = budget.source.as_ref().filter(|_| is_first);
    parts.extend(
        source.and_then(|source| source.not_compiled.as_ref().map(|why| format!("not compiled: {why}"))),
    );
    if is_first && budget.all_threads {
        parts.push("all threads".into());
    }
    if is_first && budget.is_lower_bound {
        parts.push("at least".into());
    }
    parts.join(", ")
}

/// The rows below the header, names folded to fit, and the last column in the colour of its
/// trouble.
fn table(rows: &[Row], width: Option<usize>) -> String {
    let render = |name: usize, test: usize| {
        let mut table = Table::new();
        table.load_style(comfy_table::presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
        table.set_header(HEADER);
        for row in rows {
            let mut cells = row.cells.clone();
            cells[NAME] = fold(&cells[NAME], name);
            cells[TEST] = fold(&cells[TEST], test);
            table.add_row(cells);
        }
        for column in [LIMIT, 3, 4, 5, 6] {
            if let Some(column) = table.column_mut(column) {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        table
    };
    let table = render(usize::MAX, usize::MAX);
    let columns = table.column_max_content_widths();
    let widest = |column: usize| columns.get(column).copied().map_or(0, usize::from);
    // Each column has a space at both sides.
    let needed: usize = columns.iter().map(|column| usize::from(*column) + 2).sum();
    let too_much = width.map_or(0, |width| needed.saturating_sub(width));
    if too_much == 0 {
        return coloured(&table, rows);
    }
    let name = widest(NAME).saturating_sub(too_much).max(NARROWEST).min(widest(NAME));
    let still = too_much.saturating_sub(widest(NAME) - name);
    let test = widest(TEST).saturating_sub(still).max(NARROWEST).min(widest(TEST));
    coloured(&render(name, test), rows)
}

fn coloured(table: &Table, rows: &[Row]) -> String {
    let bold = Style::new().bold();
    let mut text = String::new();
    let mut lines = table.lines();
    if let Some(header) = lines.next() {
        _ = writeln!(text, "{bold}{}{bold:#}", header.trim_end());
    }
    for (row, rendered) in rows.iter().zip(table.row_iter()) {
        let height = rendered.cell_iter().map(|cell| cell.content().lines().count()).max().unwrap_or(1);
        for (at, line) in lines.by_ref().take(height).enumerate() {
            let line = line.trim_end();
            let note = if at == 0 { row.cells[NOTE].as_str() } else { "" };
            let (front, note) = line.strip_suffix(note).map_or((line, ""), |front| (front, note));
            let style = style(row.trouble);
            if note.is_empty() {
                _ = writeln!(text, "{front}");
            } else {
                _ = writeln!(text, "{front}{style}{note}{style:#}");
            }
        }
    }
    text
}

fn style(trouble: Option<Trouble>) -> Style {
    match trouble {
        Some(Trouble::Exceeded | Trouble::Unchecked) => AnsiColor::Red.on_default().bold(),
        Some(Trouble::Unreached | Trouble::Unjudged) => AnsiColor::Yellow.on_default(),
        Some(Trouble::Generous) => AnsiColor::Cyan.on_default(),
        None => Style::new().dimmed(),
    }
}

/// Breaks a name behind `::`, and where that isn't enough anywhere.
fn fold(name: &str, width: usize) -> String {
    let mut lines = vec![String::new()];
    let mut length = 0;
    for part in name.split_inclusive("::").flat_map(|part| part.split_inclusive(' ')) {
        let columns = part.chars().count();
        if length > 0 && length + columns > width {
            lines.push(String::new());
            length = 0;
        }
        for char in part.chars() {
            if length == width {
                lines.push(String::new());
                length = 0;
            }
            if let Some(line) = lines.last_mut() {
                line.push(char);
            }
            length += 1;
        }
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::report::example;
    use crate::report::{Other, Run, Shard};

    fn text(report: &Report, all: bool, width: Option<usize>) -> String {
        let config = Config::default();
        let mut out = Vec::new();
        write(report, &Context { all, width, ..Context::new(&config) }, &mut out).unwrap();
        anstream::adapter::strip_str(&String::from_utf8(out).unwrap()).to_string()
    }

    #[test]
    fn what_needs_attention_and_one_line_for_the_rest() {
        assert_eq!(
            text(&example::report(), false, None),
            "\
\x20budget                 limit       worst  slack  calls  tests  worst in
 codec::Encoder::frame  max      1      2     −1    811      2  tests::big    ✗ exceeded
 cache::evict           max      0      –      –      0      0                no test reaches it
 parse::headers         max     12      4      8    320      1  tests::works  generous
 codec::render          max    n+1      8      2      9      2  tests::works  generous, (least slack)
 5 budgets · 1 exceeded · 2 generous · 1 unreached
 exceeded:
   codec/src/codec.rs:40  codec::Encoder::frame  2 of 1 allocations in tests::big
     +1  codec/src/codec.rs:44  Vec::reserve
         from codec/src/codec.rs:41  codec::Encoder::frame
 help: cargo alloc-budget bless --workspace    accept it
 help: cargo alloc-budget tighten --workspace  lower the generous ones
"
        );
    }

    #[test]
    fn help_is_for_the_same_packages_and_lane() {
        let mut report = example::report();
        report.run.packages = vec!["codec".into(), "parse".into()];
        report.run.whole_workspace = false;
        report.lane.features = vec!["fast".into(), "small".into()];
        report.lane.profile = "release".into();
        let lane = "--no-default-features --features fast,small --release";
        for expected in [
            format!("cargo alloc-budget bless -p codec -p parse {lane}"),
            // Any other package's tests may need what these leave.
            format!("cargo alloc-budget tighten --workspace {lane}"),
        ] {
            let text = text(&report, false, None);
            assert!(text.contains(&expected), "{expected} is not in\n{text}");
        }
        report.run = Run { packages: vec!["codec".into()], whole_workspace: true, ..report.run };
        let text = text(&report, false, None);
        assert!(text.contains("cargo alloc-budget tighten -p codec "), "{text}");
    }

    #[test]
    fn all_budgets_by_package() {
        let text = text(&example::report(), true, None);
        let (table, _) = text.split_once(" 5 budgets").unwrap();
        assert_eq!(
            table,
            "\
\x20budget                 limit              worst  slack   calls  tests  worst in
 cache::evict           max             0      –      –       0      0                no test reaches it
 codec::Encoder::frame  max             1      2     −1     811      2  tests::big    ✗ exceeded
 codec::render          max           n+1      8      2       9      2  tests::works  generous, (least slack)
 mixer::Mixer::mix      max             0      0      0  48 000      1  tests::works
                        max_deallocs    0      0      0                 tests::works
 parse::headers         max            12      4      8     320      1  tests::works  generous
"
        );
    }

    #[test]
    fn a_fine_report_is_one_line() {
        let report = Report { budgets: vec![example::budget("a::f", 1, 1, 3)], ..example::report() };
        assert_eq!(text(&report, false, None), " 1 budget · all within their limits\n");
    }

    #[test]
    fn what_is_missing_is_said() {
        let mut report = example::report();
        report.budgets.clear();
        report.targets[0].unended = 1;
        report.others = vec![Other { name: "helper".into(), processes: 3, unended: 1 }];
        report.run.shard = Some(Shard { index: 2, count: 4 });
        report.run.incomplete = vec!["1 test was filtered out".into()];
        assert_eq!(
            text(&report, false, None),
            " 0 budgets · 2 incomplete processes (codec) · shard 2 of 4\n incomplete: 1 test was filtered out\n"
        );
    }

    #[test]
    fn names_are_folded_behind_their_parts() {
        assert_eq!(fold("codec::Encoder::frame", 80), "codec::Encoder::frame");
        assert_eq!(fold("codec::Encoder::frame", 16), "codec::Encoder::\nframe");
        assert_eq!(fold("codec::Encoder::frame", 6), "codec:\n:\nEncode\nr::\nframe");
        assert_eq!(fold("解析::頭部", 4), "解析::\n頭部");
    }

    #[test]
    fn a_narrow_terminal_folds_names() {
        let mut report = example::report();
        report.budgets[1].path = "codec::transport::framing::encoders::Encoder::frame".into();
        let text = text(&report, false, Some(100));
        let table = text.lines().take_while(|line| !line.contains(" budgets · "));
        let widest = table.map(|line| line.chars().count()).max().unwrap();
        assert!(widest <= 100, "{widest}:\n{text}");
        assert!(text.contains(" codec::transport::"), "{text}");
    }
}
