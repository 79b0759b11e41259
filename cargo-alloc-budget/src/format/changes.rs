//! What has changed since a baseline.

use std::io::Write;

use anstyle::AnsiColor;
use anyhow::Result;

use super::page::{self, Page};
use super::words;
use crate::diff::{BudgetChange, Change, Changes, QuantityChange, SiteChange};
use crate::text::{count, number};

/// `1 raised, 2 worse, 1 new`; `None` if nothing has changed.
fn headline(changes: &Changes) -> Option<String> {
    let raised = changes.budgets.iter().filter(|change| change.raised).count();
    let of = |change| changes.budgets.iter().filter(|it| !it.raised && it.change == change).count();
    let all = [Change::Worse, Change::New, Change::Gone, Change::Moved, Change::Better];
    let kinds = all.map(|change| (of(change), change.name()));
    let parts: Vec<String> = [(raised, "raised")]
        .into_iter()
        .chain(kinds)
        .filter(|(budgets, _)| *budgets > 0)
        .map(|(budgets, name)| format!("{} {name}", number(budgets as u64)))
        .collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

fn unchanged(changes: &Changes) -> String {
    format!("{} as before · lane {}", count(changes.unchanged, "budget"), words::lane(&changes.lane))
}

pub(crate) fn table(changes: &Changes, out: &mut dyn Write) -> Result<()> {
    for change in &changes.budgets {
        let style = match change.change {
            _ if change.raised => AnsiColor::Red.on_default().bold(),
            Change::Worse => AnsiColor::Red.on_default(),
            Change::Better => AnsiColor::Green.on_default(),
            Change::New | Change::Gone | Change::Moved => AnsiColor::Cyan.on_default(),
        };
        let (file, line) = (&change.file, change.line);
        writeln!(out, " {style}{:<6}{style:#}  {}  {file}:{line}", kind(change), name(change))?;
        for note in notes(change) {
            writeln!(out, "           {note}")?;
        }
        for quantity in &change.quantities {
            writeln!(out, "           {}", quantity_in_words(quantity))?;
        }
        for site in &change.sites {
            writeln!(out, "           {}", site_in_words(site))?;
        }
    }
    let headline = headline(changes).unwrap_or_else(|| "nothing has changed".into());
    writeln!(out, " {headline} · {}", unchanged(changes))?;
    Ok(())
}

/// Nothing at all if nothing has changed: there is nothing to post.
pub(crate) fn markdown(changes: &Changes, out: &mut dyn Write) -> Result<()> {
    let Some(headline) = headline(changes) else { return Ok(()) };
    let mut page = Page::default();
    page.line(&format!("### Allocation budgets: {headline}\n"));
    rows(changes, &mut page);
    page.line(&format!("<sub>{}</sub>", unchanged(changes)));
    Ok(out.write_all(page.0.as_bytes())?)
}

/// The table of changes, as a part of a page.
pub(crate) fn rows(changes: &Changes, page: &mut Page) {
    if !changes.budgets.is_empty() {
        page.table(
            "| function | limit | before | here | |\n| --- | --- | ---: | ---: | --- |",
            changes.budgets.iter().map(row),
        );
    }
}

fn row(change: &BudgetChange) -> String {
    let joined = |of: &dyn Fn(&QuantityChange) -> String| {
        change.quantities.iter().map(of).collect::<Vec<_>>().join("<br>")
    };
    let limit = joined(&|quantity| {
        let code = |allowed: &str| page::code(&format!("{} = {allowed}", quantity.limit));
        match &quantity.allowed {
            [Some(before), Some(after)] if before != after => {
                format!("{} → {}", code(before), page::code(after))
            }
            [_, Some(allowed)] | [Some(allowed), None] => code(allowed),
            [None, None] => page::code(quantity.limit.argument()),
        }
    });
    let value = |worst: Option<i64>| worst.map_or_else(|| "–".into(), number);
    let before = joined(&|quantity| value(quantity.worst[0]));
    let here = joined(&|quantity| match quantity.worst {
        [Some(before), Some(after)] if after > before => format!("**{}**", number(after)),
        [_, after] => value(after),
    });
    let sites = change.sites.iter().take(4).map(|site| {
        let place = site.place.as_deref().map(|place| page::code(place) + " ").unwrap_or_default();
        let callee = site.chain.last().map(|callee| page::code(callee)).unwrap_or_default();
        format!("{}: {place}{callee}", site.change.name())
    });
    let more = change.sites.len().checked_sub(4).filter(|more| *more > 0);
    let more = more.map(|more| format!("and {}", count(more as u64, "more call site")));
    let notes = notes(change).into_iter().map(|note| page::text(&note));
    let what: Vec<String> =
        std::iter::once(format!("**{}**", kind(change))).chain(notes).chain(sites).chain(more).collect();
    format!("| {} | {limit} | {before} | {here} | {} |", page::code(&name(change)), what.join("<br>"))
}

fn kind(change: &BudgetChange) -> &'static str {
    if change.raised { "raised" } else { change.change.name() }
}

fn name(change: &BudgetChange) -> String {
    match &change.label {
        Some(label) => format!("{} ({label})", change.path),
        None => change.path.clone(),
    }
}

fn notes(change: &BudgetChange) -> Vec<String> {
    let mut notes = Vec::new();
    match (change.change, change.reached) {
        (Change::Gone, _) => {}
        (Change::New, [_, false]) => notes.push("no test reaches it".into()),
        (_, [true, false]) => notes.push("no test reaches it any more".into()),
        (Change::Better, [false, true]) => notes.push("tests reach it now".into()),
        _ => {}
    }
    notes.extend(change.moved_from.as_ref().map(|file| format!("was in {file}")));
    notes
}

/// `max  1 → 2 of 1`, `max  2 of 1 → 5`.
fn quantity_in_words(quantity: &QuantityChange) -> String {
    let side = |at: usize| {
        let worst = quantity.worst[at].map_or_else(|| "–".into(), number);
        let allowed = quantity.allowed[at].as_ref().map(|allowed| format!(" of {allowed}"));
        worst + &allowed.unwrap_or_default()
    };
    let has = |at: usize| quantity.worst[at].is_some() || quantity.allowed[at].is_some();
    match (has(0), has(1)) {
        (true, true) => format!("{}  {} → {}", quantity.limit, side(0), side(1)),
        (false, _) => format!("{}  {}", quantity.limit, side(1)),
        (true, false) => format!("{}  {}", quantity.limit, side(0)),
    }
}

fn site_in_words(site: &SiteChange) -> String {
    let place = site.place.as_ref().map(|place| format!("{place}  ")).unwrap_or_default();
    let callee = site.chain.last().map(String::as_str).unwrap_or_default();
    format!("{:<6} {place}{callee}", site.change.name())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diff::compare;
    use crate::report::Report;
    use crate::report::example;

    fn both(before: &Report, after: &Report) -> (String, String) {
        let changes = compare(before, after).unwrap();
        let (mut text, mut page) = (Vec::new(), Vec::new());
        table(&changes, &mut text).unwrap();
        markdown(&changes, &mut page).unwrap();
        let text = String::from_utf8(text).unwrap();
        (anstream::adapter::strip_str(&text).to_string(), String::from_utf8(page).unwrap())
    }

    #[test]
    fn each_change_before_and_after() {
        let after = example::report();
        let mut before = after.clone();
        before.budgets[1] = example::budget("codec::Encoder::frame", 1, 1, 811);
        before.budgets[4] = example::budget("parse::headers", 9, 4, 320);
        let (text, page) = both(&before, &after);
        assert_eq!(
            text,
            "\
\x20raised  parse::headers  parse/src/lib.rs:18
           max  4 of 9 → 4 of 12
 worse   codec::Encoder::frame  codec/src/codec.rs:40
           was in codec/src/lib.rs
           max  1 of 1 → 2 of 1
           new    codec/src/codec.rs:44  Vec::reserve
 1 raised, 1 worse · 3 budgets as before · lane x86_64-unknown-linux-gnu / dev / 1.95 / cargo test
"
        );
        assert_eq!(
            page,
            "\
### Allocation budgets: 1 raised, 1 worse

| function | limit | before | here | |
| --- | --- | ---: | ---: | --- |
| `parse::headers` | `max = 9` → `12` | 4 | 4 | **raised** |
| `codec::Encoder::frame` | `max = 1` | 1 | **2** | **worse**<br>was in codec/src/lib.rs<br>new: `codec/src/codec.rs:44` `Vec::reserve` |

<sub>3 budgets as before · lane x86_64-unknown-linux-gnu / dev / 1.95 / cargo test</sub>
"
        );
    }

    #[test]
    fn nothing_is_posted_when_nothing_has_changed() {
        let report = example::report();
        let (text, page) = both(&report, &report);
        assert!(text.starts_with(" nothing has changed · 5 budgets as before"), "{text}");
        assert_eq!(page, "");
    }
}
