//! What several formats say alike.

use crate::ratchet::{Finding, Trouble};
use crate::report::Report;
use crate::report::budget::{Budget, CallSite, Limit, Overage, Quantity};
use crate::report::lane::{Lane, Runner};
use crate::text::{count, number};

/// Its path, and its label if it has one.
pub(crate) fn name(budget: &Budget) -> String {
    match &budget.label {
        Some(label) => format!("{} ({label})", budget.path),
        None => budget.path.clone(),
    }
}

/// A limit as its calls had it, or else as it is written.
pub(crate) fn limit(budget: &Budget, limit: Limit, quantity: Option<&Quantity>) -> String {
    let written = budget.source.as_ref().and_then(|source| source.limits.get(&limit));
    match (quantity.and_then(|quantity| quantity.limits), written) {
        (Some([least, greatest]), _) if least == greatest => number(least),
        (_, Some(written)) => written.split_whitespace().collect::<Vec<_>>().join(" "),
        (Some([least, greatest]), None) => format!("{}–{}", number(least), number(greatest)),
        (None, None) => "–".into(),
    }
}

/// The limits of a budget, in the attribute's order: those that its calls had, or else those of the source.
pub(crate) fn limits(budget: &Budget) -> Vec<(Limit, Option<&Quantity>)> {
    let of_source = |limit| budget.source.as_ref().is_some_and(|source| source.limits.contains_key(&limit));
    let of = |limit| {
        let quantity = budget.quantities.get(&limit);
        (quantity.is_some_and(|quantity| quantity.limits.is_some()) || of_source(limit))
            .then_some((limit, quantity))
    };
    Limit::ALL.into_iter().filter_map(of).collect()
}

/// How many budgets have which trouble: `1 exceeded`, `2 generous`.
pub(crate) fn troubles(findings: &[Finding<'_>]) -> Vec<String> {
    use Trouble::{Exceeded, Generous, Unchecked, Unjudged, Unreached};
    let of = |trouble| {
        let mut budgets: Vec<_> = findings
            .iter()
            .filter(|found| found.trouble == trouble)
            .map(|found| found.budget.key())
            .collect();
        budgets.dedup();
        (!budgets.is_empty()).then(|| format!("{} {}", number(budgets.len() as u64), trouble.name()))
    };
    [Exceeded, Unchecked, Generous, Unreached, Unjudged].into_iter().filter_map(of).collect()
}

/// `5 budgets · 1 exceeded · 1 generous`, and why the maxima may be too low.
pub(crate) fn summary(report: &Report, findings: &[Finding<'_>]) -> Vec<String> {
    let mut parts = vec![count(report.budgets.len() as u64, "budget")];
    let troubles = troubles(findings);
    if troubles.is_empty() && !report.budgets.is_empty() {
        parts.push("all within their limits".into());
    }
    parts.extend(troubles);
    let unended: u64 = report.targets.iter().map(|target| target.unended).sum::<u64>()
        + report.others.iter().map(|other| other.unended).sum::<u64>();
    if unended > 0 {
        let targets: Vec<&str> =
            report.targets.iter().filter(|target| target.unended > 0).map(|target| &*target.name).collect();
        let processes = if unended == 1 { "process" } else { "processes" };
        let of = if targets.is_empty() { String::new() } else { format!(" ({})", targets.join(", ")) };
        parts.push(format!("{} incomplete {processes}{of}", number(unended)));
    }
    if let Some(shard) = report.run.shard {
        parts.push(format!("shard {} of {}", shard.index, shard.count));
    }
    parts
}

/// `x86_64-unknown-linux-gnu / dev / 1.95 / cargo test`, and the features if they are not the default.
pub(crate) fn lane(lane: &Lane) -> String {
    let runner = match lane.runner {
        Runner::Cargo => "cargo test",
        Runner::Nextest => "cargo nextest",
    };
    let mut parts = vec![lane.target.clone(), lane.profile.clone(), lane.rustc.clone(), runner.to_owned()];
    if lane.features != ["default"] {
        parts.push(format!("features {}", lane.features.join(",")));
    }
    parts.join(" / ")
}

/// The overage that says most: the one that is furthest past a limit.
pub(crate) fn worst_overage(budget: &Budget) -> Option<&Overage> {
    let by = |overage: &&Overage| {
        let past = |exceeded: &crate::report::budget::Exceeded| {
            i128::from(exceeded.actual) - i128::from(exceeded.allowed)
        };
        overage.exceeded.iter().map(past).max()
    };
    // The first of several that are alike.
    budget.overages.iter().rev().filter(|overage| !overage.expected).max_by_key(by)
}

/// `2 of 1 allocations`, `80 of 64 bytes (max_bytes)`.
pub(crate) fn passed(exceeded: &crate::report::budget::Exceeded) -> String {
    let unit = match exceeded.limit {
        Limit::Max => "allocations",
        Limit::MaxBytes => "bytes",
        Limit::MaxPeakBytes => "bytes at the peak",
        Limit::MaxRetainedBytes => "bytes retained",
        Limit::MaxReallocs => "reallocations",
        Limit::MaxDeallocs => "deallocations",
        Limit::MaxBlockBytes => "bytes in a block",
        Limit::MaxSurvivingBytes => "surviving bytes",
        Limit::MaxExempt => "exempt allocations",
    };
    format!("{} of {} {unit}", number(exceeded.actual), number(exceeded.allowed))
}

/// `src/codec.rs:44`.
pub(crate) fn place(file: Option<&str>, line: Option<u32>) -> Option<String> {
    match (file, line) {
        (Some(file), Some(line)) => Some(format!("{file}:{line}")),
        (Some(file), None) => Some(file.to_owned()),
        (None, _) => None,
    }
}

/// What a call site called, or else its function.
pub(crate) fn callee(site: &CallSite) -> &str {
    site.callee.as_deref().unwrap_or(&site.function)
}

/// `+1 src/codec.rs:44 Vec::reserve`.
pub(crate) fn site(site: &CallSite) -> String {
    let place = place(site.file.as_deref(), site.line).map(|place| place + " ").unwrap_or_default();
    format!("+{} {place}{}", number(site.allocations), callee(site))
}
