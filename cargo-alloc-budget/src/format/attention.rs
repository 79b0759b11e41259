//! What stands below the table: call sites past a limit, and the commands that put it right.

use std::io::Write;

use anstyle::AnsiColor;
use anyhow::Result;

use super::words;
use crate::ratchet::{Finding, Trouble};
use crate::report::budget::{Budget, Overage};
use crate::report::{Report, Run};
use crate::text::number;

/// Of one overage.
const MOST_SITES: usize = 8;

/// The call sites of each budget that is exceeded.
pub(crate) fn exceeded(report: &Report, findings: &[Finding<'_>], out: &mut dyn Write) -> Result<()> {
    let red = AnsiColor::Red.on_default().bold();
    let mut keys: Vec<_> = findings
        .iter()
        .filter(|found| found.trouble == Trouble::Exceeded)
        .map(|found| found.budget.key())
        .collect();
    keys.dedup();
    if !keys.is_empty() {
        writeln!(out, " {red}exceeded{red:#}:")?;
    }
    for key in keys {
        for budget in report.budgets.iter().filter(|budget| budget.key() == key) {
            if let Some(overage) = words::worst_overage(budget) {
                overage_of(budget, overage, out)?;
            }
        }
    }
    Ok(())
}

fn overage_of(budget: &Budget, overage: &Overage, out: &mut dyn Write) -> Result<()> {
    let passed: Vec<String> = overage.exceeded.iter().map(words::passed).collect();
    let test = overage.test.as_ref().map(|test| format!(" in {test}")).unwrap_or_default();
    let (file, line) = (&budget.file, budget.line);
    writeln!(out, "   {file}:{line}  {}  {}{test}", words::name(budget), passed.join(", "))?;
    for site in overage.sites.iter().take(MOST_SITES) {
        let place = words::place(site.file.as_deref(), site.line).map(|place| format!("{place}  "));
        writeln!(
            out,
            "     +{}  {}{}",
            number(site.allocations),
            place.unwrap_or_default(),
            words::callee(site)
        )?;
        for caller in &site.callers {
            let place = words::place(caller.file.as_deref(), caller.line).map(|place| format!("{place}  "));
            writeln!(out, "         from {}{}", place.unwrap_or_default(), caller.function)?;
        }
    }
    if let Some(more @ 1..) = overage.sites.len().checked_sub(MOST_SITES) {
        writeln!(out, "     and {more} more call sites")?;
    }
    Ok(())
}

/// The commands that put it right, in the run's own lane.
pub(crate) fn help(report: &Report, findings: &[Finding<'_>], out: &mut dyn Write) -> Result<()> {
    let is_for = |trouble: Trouble| {
        let may_edit = |found: &&Finding<'_>| trouble != Trouble::Generous || found.is_constant();
        findings.iter().filter(may_edit).any(|found| found.trouble == trouble)
    };
    let cyan = AnsiColor::Cyan.on_default().bold();
    let lines = [
        (Trouble::Exceeded, "bless", "accept it"),
        (Trouble::Generous, "tighten", "lower the generous ones"),
        (Trouble::Unchecked, "doctor", "see why nothing counts"),
    ];
    let mut helps = Vec::new();
    for (trouble, command, what) in lines {
        if is_for(trouble) {
            let command =
                ["cargo alloc-budget".to_owned(), command.to_owned(), selection(&report.run, trouble)];
            let words: Vec<String> = command.into_iter().chain(report.lane.flags()).collect();
            helps.push((words.join(" "), what));
        }
    }
    let widest = helps.iter().map(|(command, _)| command.len()).max().unwrap_or(0);
    for (command, what) in helps {
        writeln!(out, " {cyan}help{cyan:#}: {command:<widest$}  {what}")?;
    }
    Ok(())
}

/// The packages whose tests are to be run: a budget is exceeded by tests of any package, and
/// generous only if those of all leave it so much.
fn selection(run: &Run, trouble: Trouble) -> String {
    match &*run.packages {
        [only] if run.whole_workspace => format!("-p {only}"),
        some if !run.whole_workspace && trouble != Trouble::Generous => format!("-p {}", some.join(" -p ")),
        _ => "--workspace".into(),
    }
}
