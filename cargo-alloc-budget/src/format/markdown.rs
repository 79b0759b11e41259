//! Markdown, for a step summary or a pull request's comment.

use std::fmt::Write as _;
use std::io::Write;

use anyhow::Result;

use super::{Context, words};
use crate::ratchet::{self, Finding, Trouble};
use crate::report::Report;
use crate::report::budget::{Budget, CallSite};
use crate::text::{count, number};

/// A comment on GitHub can have 65,536 characters.
pub const MOST_BYTES: usize = 60_000;
/// What stands below the tables.
const RESERVED: usize = 2_000;

pub(crate) fn write(report: &Report, context: &Context<'_>, out: &mut dyn Write) -> Result<()> {
    let findings = ratchet::judge(&[report], context.config, context.is_ratchet).list;
    let mut page = Page::default();
    page.line(&format!("### Allocation budgets: {}\n", headline(&findings, report)));
    if !findings.is_empty() {
        page.table("| function | limit | worst | |\n| --- | --- | ---: | --- |", findings.iter().map(row));
    }
    for reason in &report.run.incomplete {
        page.line(&format!("> incomplete: {}\n", text(reason)));
    }
    let rest = rest(report, &findings);
    let summary = format!("{} · lane {}", rest_in_words(&rest, &findings), words::lane(&report.lane));
    page.details(&summary, &rest);
    Ok(out.write_all(page.0.as_bytes())?)
}

/// `1 exceeded, 2 generous`.
fn headline(findings: &[Finding<'_>], report: &Report) -> String {
    let troubles = words::troubles(findings);
    match (troubles.is_empty(), report.budgets.len()) {
        (true, 0) => "none was recorded".into(),
        (true, budgets) => format!("{}, all within their limits", number(budgets as u64)),
        (false, _) => troubles.join(", "),
    }
}

fn row(found: &Finding<'_>) -> String {
    let budget = found.budget;
    let limit = found.limit.map_or_else(
        || limits(budget),
        |limit| {
            let written = words::limit(budget, limit, budget.quantities.get(&limit));
            code(&format!("{limit} = {written}"))
        },
    );
    let worst = match found.trouble {
        Trouble::Exceeded => format!("**{}**", number(found.actual)),
        Trouble::Generous if found.is_constant() => number(found.actual),
        Trouble::Generous => format!("slack {}", number(found.room())),
        Trouble::Unchecked | Trouble::Unreached | Trouble::Unjudged => String::new(),
    };
    let what = match found.trouble {
        Trouble::Exceeded => sites(budget),
        Trouble::Generous => format!("generous{}", test(found)),
        Trouble::Unchecked | Trouble::Unreached | Trouble::Unjudged => text(&found.what()),
    };
    format!("| {} | {limit} | {worst} | {what} |", code(&words::name(budget)))
}

fn test(found: &Finding<'_>) -> String {
    found.test().map(|test| format!(", in {}", code(test))).unwrap_or_default()
}

/// The limits of a budget that has no calls.
fn limits(budget: &Budget) -> String {
    let written = |(limit, quantity)| code(&format!("{limit} = {}", words::limit(budget, limit, quantity)));
    words::limits(budget).into_iter().map(written).collect::<Vec<_>>().join(" ")
}

/// Where the worst overage allocated.
fn sites(budget: &Budget) -> String {
    let Some(overage) = words::worst_overage(budget) else { return "exceeded".into() };
    let test = overage.test.as_ref().map(|test| format!("in {}", code(test))).unwrap_or_default();
    let sites = overage.sites.iter().take(3).map(site);
    let more = overage.sites.len().checked_sub(3).filter(|more| *more > 0);
    let more = more.map(|more| format!("and {}", count(more as u64, "more call site")));
    std::iter::once(test)
        .chain(sites)
        .chain(more)
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join("<br>")
}

/// `+1 src/codec.rs:44 Vec::reserve`, in code.
pub fn site(site: &CallSite) -> String {
    let place = words::place(site.file.as_deref(), site.line).map(|place| format!("{} ", code(&place)));
    format!("+{} {}{}", number(site.allocations), place.unwrap_or_default(), code(words::callee(site)))
}

/// The budgets that nothing is wrong with, a row each.
fn rest(report: &Report, findings: &[Finding<'_>]) -> Vec<String> {
    let is_fine = |budget: &&Budget| !findings.iter().any(|found| found.budget.key() == budget.key());
    let row = |budget: &Budget| {
        let worst = |(limit, quantity): (_, Option<&crate::report::budget::Quantity>)| {
            let worst = quantity.and_then(|quantity| quantity.worst).map_or_else(|| "–".into(), number);
            format!("{worst} of {}", code(&format!("{limit} = {}", words::limit(budget, limit, quantity))))
        };
        let worst: Vec<String> = words::limits(budget).into_iter().map(worst).collect();
        let worst = if worst.is_empty() { "measured".into() } else { worst.join("<br>") };
        format!("| {} | {worst} | {} |", code(&words::name(budget)), number(budget.calls.total))
    };
    report.budgets.iter().filter(is_fine).map(row).collect()
}

fn rest_in_words(rest: &[String], findings: &[Finding<'_>]) -> String {
    let which = if findings.is_empty() { "budget" } else { "other budget" };
    count(rest.len() as u64, which)
}

/// A page that ends before a comment would be refused.
#[derive(Default)]
pub struct Page(pub String);

impl Page {
    pub fn line(&mut self, line: &str) {
        if self.has_room_for(line, 0) {
            _ = writeln!(self.0, "{line}");
        }
    }

    /// As many rows as there is room for, and how many more there are.
    pub fn table(&mut self, head: &str, rows: impl Iterator<Item = String>) {
        self.line(head);
        self.rows(rows);
        self.0.push('\n');
    }

    fn rows(&mut self, rows: impl Iterator<Item = String>) {
        let mut left_out = 0_u64;
        for row in rows {
            if left_out == 0 && self.has_room_for(&row, RESERVED) {
                _ = writeln!(self.0, "{row}");
            } else {
                left_out += 1;
            }
        }
        if left_out > 0 {
            _ = writeln!(self.0, "\nand {} more, for which a comment has no room", number(left_out));
        }
    }

    fn details(&mut self, summary: &str, rows: &[String]) {
        if rows.is_empty() {
            self.line(&format!("<sub>{}</sub>", html(summary)));
            return;
        }
        _ = writeln!(self.0, "<details><summary>{}</summary>\n", html(summary));
        self.table("| function | worst of all calls | calls |\n| --- | --- | ---: |", rows.iter().cloned());
        self.0.push_str("</details>\n");
    }

    fn has_room_for(&self, line: &str, reserved: usize) -> bool {
        self.0.len() + line.len() + 1 + reserved <= MOST_BYTES
    }
}

/// In code, also inside a table.
pub fn code(text: &str) -> String {
    let text = text.replace('\n', " ").replace('|', "\\|");
    let longest = text.split(|char| char != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    if longest == 0 { format!("`{text}`") } else { format!("{fence} {text} {fence}") }
}

/// Words between tags.
fn html(words: &str) -> String {
    words.replace('&', "&amp;").replace('<', "&lt;")
}

/// Words that are no markup, but for what is in code.
pub fn text(words: &str) -> String {
    let mut in_code = false;
    let escape = |char: char| {
        in_code ^= char == '`';
        match char {
            '|' => "\\|".into(),
            '\n' => " ".into(),
            '<' if !in_code => "&lt;".into(),
            '*' | '_' | '[' | ']' | '#' | '@' if !in_code => format!("\\{char}"),
            char => char.to_string(),
        }
    };
    words.chars().map(escape).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::report::example;

    fn page(report: &Report) -> String {
        let config = Config::default();
        let mut out = Vec::new();
        write(report, &Context::new(&config), &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn what_is_wrong_comes_first_and_the_rest_is_folded() {
        assert_eq!(
            page(&example::report()),
            "\
### Allocation budgets: 1 exceeded, 2 generous, 1 unreached

| function | limit | worst | |
| --- | --- | ---: | --- |
| `codec::Encoder::frame` | `max = 1` | **2** | in `tests::big`<br>+1 `codec/src/codec.rs:44` `Vec::reserve` |
| `cache::evict` | `max = 0` |  | no test reaches it |
| `parse::headers` | `max = 12` | 4 | generous, in `tests::works` |
| `codec::render` | `max = n+1` | slack 2 | generous, in `tests::works` |

<details><summary>1 other budget · lane x86_64-unknown-linux-gnu / dev / 1.95 / cargo test</summary>

| function | worst of all calls | calls |
| --- | --- | ---: |
| `mixer::Mixer::mix` | 0 of `max = 0`<br>0 of `max_deallocs = 0` | 48 000 |

</details>
"
        );
    }

    #[test]
    fn a_fine_report() {
        let report = Report { budgets: vec![example::budget("a::f", 1, 1, 3)], ..example::report() };
        assert!(
            page(&report).starts_with("### Allocation budgets: 1, all within their limits\n"),
            "{}",
            page(&report)
        );
    }

    #[test]
    fn a_page_of_any_report_is_a_comment() {
        let budgets = |exceeded: i64| {
            (0..2_000)
                .map(|at| example::budget(&format!("a::some_function_{at:04}"), 1, 1 + exceeded, 3))
                .collect()
        };
        for exceeded in [0, 1] {
            let page = page(&Report { budgets: budgets(exceeded), ..example::report() });
            assert!(page.len() <= MOST_BYTES, "{}", page.len());
            assert!(page.len() > MOST_BYTES / 2, "{}", page.len());
            assert!(page.contains(" more, for which a comment has no room\n"));
        }
    }

    #[test]
    fn names_are_no_markup() {
        assert_eq!(code("a::f<[u8; 4]>"), "`a::f<[u8; 4]>`");
        assert_eq!(code("a|b"), "`a\\|b`");
        assert_eq!(code("a`b"), "`` a`b ``");
        assert_eq!(text("a <b> `c_d` e_f @g"), "a &lt;b> `c_d` e\\_f \\@g");
    }
}
