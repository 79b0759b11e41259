//! What is wrong with the budgets of a report, by what `alloc-budget.toml` tolerates.

use std::collections::{BTreeMap, BTreeSet};

use crate::config::{Allow, Config, Tolerance, Unreached};
use crate::report::Report;
use crate::report::budget::{Budget, Limit, Quantity};
use crate::text::number;

/// What is wrong with a budget, the worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Trouble {
    Exceeded,
    /// It was called, and nothing counted.
    Unchecked,
    Unreached,
    /// All its calls warmed up, were skipped or unwound.
    Unjudged,
    /// No call needed all that the limit allows.
    Generous,
}

impl Trouble {
    pub fn name(self) -> &'static str {
        match self {
            Self::Exceeded => "exceeded",
            Self::Unchecked => "unchecked",
            Self::Unreached => "unreached",
            Self::Unjudged => "unjudged",
            Self::Generous => "generous",
        }
    }
}

/// How much that matters, the most first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// It fails `check`.
    Error,
    Warning,
    Note,
}

/// One thing that is wrong with a budget.
#[derive(Debug, Clone)]
pub struct Finding<'a> {
    pub trouble: Trouble,
    pub level: Level,
    pub budget: &'a Budget,
    /// Which limit is exceeded or generous.
    pub limit: Option<Limit>,
    /// What the worst call did, and what it was allowed.
    pub actual: i64,
    pub allowed: u64,
}

/// What is wrong with all budgets.
#[derive(Debug, Clone, Default)]
pub struct Findings<'a> {
    /// The worst first; then those with the most calls; then by place.
    pub list: Vec<Finding<'a>>,
    /// Exceptions that excused nothing.
    pub unused: Vec<&'a Allow>,
}

/// What is wrong with the budgets of reports of the same sources, one report a lane. A budget that
/// is tight, or reached, in one of the lanes is neither generous nor unreached.
pub fn judge<'a>(reports: &[&'a Report], config: &'a Config, is_ratchet: bool) -> Findings<'a> {
    let mut used = BTreeSet::new();
    let mut all: BTreeMap<_, Vec<Finding<'a>>> = BTreeMap::new();
    let mut lanes: BTreeMap<_, usize> = BTreeMap::new();
    for budget in reports.iter().flat_map(|report| &report.budgets) {
        *lanes.entry(budget.key()).or_default() += 1;
        for finding in of(budget, config, is_ratchet, &mut used) {
            all.entry((budget.key(), finding.trouble, finding.limit)).or_default().push(finding);
        }
    }
    let is_in_all = |findings: &Vec<Finding<'_>>| {
        let found = &findings[0];
        found.trouble <= Trouble::Unchecked || findings.len() == lanes[&found.budget.key()]
    };
    let mut list: Vec<Finding<'a>> = all
        .into_values()
        .filter(is_in_all)
        .filter_map(|findings| findings.into_iter().min_by_key(Finding::room))
        .collect();
    list.sort_by(|a, b| {
        let calls = |finding: &Finding<'_>| std::cmp::Reverse(finding.budget.calls.total);
        (a.trouble, calls(a), a.budget.key(), a.limit).cmp(&(b.trouble, calls(b), b.budget.key(), b.limit))
    });
    let unused = config.allow.iter().enumerate().filter(|(at, _)| !used.contains(at));
    Findings { list, unused: unused.map(|(_, allow)| allow).collect() }
}

/// An exception that would excuse budgets of several packages, in words: whoever wrote it may have
/// thought of one.
pub fn ambiguous(reports: &[&Report], config: &Config) -> Option<String> {
    config.allow.iter().find_map(|allow| {
        let budgets = reports.iter().flat_map(|report| &report.budgets).filter(|budget| allow.is_for(budget));
        let packages: BTreeSet<&str> = budgets.filter_map(|budget| budget.package.as_deref()).collect();
        let packages: Vec<&str> = packages.into_iter().collect();
        (packages.len() > 1).then(|| {
            let of = packages.join("` and `");
            format!("the exception for `{}` is for budgets of `{of}`: say which with `package`", allow.path)
        })
    })
}

/// What is wrong with one budget. Adds the numbers of the exceptions that excuse something.
fn of<'a>(
    budget: &'a Budget,
    config: &'a Config,
    is_ratchet: bool,
    used: &mut BTreeSet<usize>,
) -> Vec<Finding<'a>> {
    if budget.source.as_ref().is_some_and(|source| source.not_compiled.is_some()) && !budget.is_reached() {
        return Vec::new();
    }
    let find = |trouble, level| Finding { trouble, level, budget, limit: None, actual: 0, allowed: 0 };
    let calls = &budget.calls;
    if !budget.is_reached() || calls.judged == 0 && calls.unchecked == 0 && !budget.measures {
        let trouble = if budget.is_reached() { Trouble::Unjudged } else { Trouble::Unreached };
        let excuse = config.allow.iter().position(|allow| allow.unreached && allow.is_for(budget));
        used.extend(excuse);
        return match config.unreached {
            Unreached::Allow => Vec::new(),
            _ if excuse.is_some() => Vec::new(),
            Unreached::Deny if is_ratchet => vec![find(trouble, Level::Error)],
            Unreached::Deny | Unreached::Warn => vec![find(trouble, Level::Warning)],
        };
    }
    if calls.judged == 0 && calls.unchecked > 0 {
        return vec![find(Trouble::Unchecked, Level::Error)];
    }
    let mut findings = exceeded(budget);
    if calls.unchecked > 0 {
        // Nobody knows what those need.
        findings.push(find(Trouble::Unchecked, Level::Warning));
        return findings;
    }
    for (limit, quantity) in &budget.quantities {
        let Some((room, allowed)) = room(quantity) else { continue };
        let tolerated = |tolerance: Tolerance| room <= tolerance.of(allowed);
        if tolerated(config.tolerance(*limit)) {
            continue;
        }
        let excuse = config.allow.iter().position(|allow| {
            allow.is_for(budget)
                && allow.limit.is_none_or(|of| of == *limit)
                && allow.slack.is_some_and(tolerated)
        });
        used.extend(excuse);
        if excuse.is_none() {
            let level = if is_ratchet { Level::Error } else { Level::Note };
            let actual = i64::try_from(allowed - room).unwrap_or(i64::MAX);
            findings.push(Finding { limit: Some(*limit), actual, allowed, ..find(Trouble::Generous, level) });
        }
    }
    findings
}

/// By how much the limit of a quantity could be lower, and the limit; not below zero.
fn room(quantity: &Quantity) -> Option<(u64, u64)> {
    let [_, allowed] = quantity.limits?;
    let room = u64::try_from(quantity.slack?).ok()?.min(allowed);
    (room > 0).then_some((room, allowed))
}

/// Each limit that was passed, at its worst.
fn exceeded(budget: &Budget) -> Vec<Finding<'_>> {
    let mut worst: BTreeMap<Limit, (i64, u64)> = BTreeMap::new();
    let unexpected = budget.overages.iter().filter(|overage| !overage.expected);
    for passed in unexpected.flat_map(|overage| &overage.exceeded) {
        let now = worst.entry(passed.limit).or_insert((passed.actual, passed.allowed));
        *now = (*now).max((passed.actual, passed.allowed));
    }
    for (limit, quantity) in &budget.quantities {
        if let (Some(actual), Some([allowed, _]), Some(..=-1)) =
            (quantity.worst, quantity.limits, quantity.slack)
        {
            worst.entry(*limit).or_insert((actual, allowed));
        }
    }
    if worst.is_empty() && budget.is_exceeded() {
        worst.insert(Limit::Max, (0, 0));
    }
    let find = |(limit, (actual, allowed))| Finding {
        trouble: Trouble::Exceeded,
        level: Level::Error,
        budget,
        limit: Some(limit),
        actual,
        allowed,
    };
    worst.into_iter().map(find).collect()
}

impl Finding<'_> {
    /// By how much less the limit could be.
    pub fn room(&self) -> i128 {
        i128::from(self.allowed) - i128::from(self.actual)
    }

    /// The test of the worst call.
    pub fn test(&self) -> Option<&str> {
        self.budget.quantities.get(&self.limit?)?.test.as_deref()
    }

    /// One sentence, without the budget's name.
    pub fn what(&self) -> String {
        let calls = &self.budget.calls;
        let test = self.test().map(|test| format!(" in {test}")).unwrap_or_default();
        let limit = self.limit.map(Limit::argument).unwrap_or_default();
        let (actual, allowed) = (number(self.actual), number(self.allowed));
        match self.trouble {
            Trouble::Exceeded => format!("`{limit}` exceeded: {actual} of {allowed}{test}"),
            Trouble::Unchecked if calls.judged > 0 => {
                format!("{} of its calls were not counted", number(calls.unchecked))
            }
            Trouble::Unchecked => "nothing counts in the tests that call it".into(),
            Trouble::Unreached => "no test reaches it".into(),
            Trouble::Unjudged => {
                let kinds =
                    [(calls.warming, "warming up"), (calls.skipped, "skipped"), (calls.unwound, "unwound")];
                let some = kinds.iter().filter(|(calls, _)| *calls > 0);
                let some: Vec<String> =
                    some.map(|(calls, kind)| format!("{} {kind}", number(*calls))).collect();
                format!("no call of it is judged ({})", some.join(", "))
            }
            Trouble::Generous if self.is_constant() => {
                format!("`{limit} = {allowed}` is more than it needs: {actual} at worst{test}")
            }
            Trouble::Generous => {
                format!("`{limit}` leaves {} at least, of {allowed}", number(self.room()))
            }
        }
    }

    /// Whether the limit had the same value in every call.
    pub fn is_constant(&self) -> bool {
        let limits = self.limit.and_then(|limit| self.budget.quantities.get(&limit)?.limits);
        limits.is_some_and(|[least, greatest]| least == greatest)
    }

    /// What to do about it.
    pub fn help(&self) -> String {
        match self.trouble {
            Trouble::Exceeded => "`cargo alloc-budget bless` raises it, if that is meant".into(),
            Trouble::Unchecked => "`cargo alloc-budget doctor` says why".into(),
            Trouble::Unreached => "write a test that calls it, or remove the budget".into(),
            Trouble::Unjudged => "write a test that calls it more often, or lower `warmup`".into(),
            Trouble::Generous => "`cargo alloc-budget tighten` lowers it".into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::budget::Calls;
    use crate::report::example;

    fn report(budgets: Vec<Budget>) -> Report {
        Report { budgets, ..example::report() }
    }

    #[track_caller]
    fn found(report: &Report, config: &str, expected: &[(Trouble, Level, &str)]) {
        let config = Config::parse(config).unwrap();
        let findings = judge(&[report], &config, true);
        let found: Vec<_> =
            findings.list.iter().map(|found| (found.trouble, found.level, &*found.budget.path)).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn the_worst_comes_first() {
        found(
            &example::report(),
            "",
            &[
                (Trouble::Exceeded, Level::Error, "codec::Encoder::frame"),
                (Trouble::Unreached, Level::Error, "cache::evict"),
                (Trouble::Generous, Level::Error, "parse::headers"),
                (Trouble::Generous, Level::Error, "codec::render"),
            ],
        );
    }

    #[test]
    fn what_is_tolerated_is_not_found() {
        let report = report(vec![example::budget("parse::headers", 100, 95, 1)]);
        found(&report, "", &[(Trouble::Generous, Level::Error, "parse::headers")]);
        found(&report, "slack = { allocations = 4 }", &[(Trouble::Generous, Level::Error, "parse::headers")]);
        found(&report, "slack = { allocations = 5 }", &[]);
        found(&report, "slack = { allocations = \"5%\" }", &[]);
        found(&report, "slack = { bytes = 5 }", &[(Trouble::Generous, Level::Error, "parse::headers")]);
    }

    #[test]
    fn an_exception_is_for_its_budget_and_limit() {
        let report = report(vec![example::budget("a::f", 9, 1, 1), example::budget("a::g", 9, 1, 2)]);
        let config = "[[allow]]\npath = \"a::f\"\nslack = 8\nreason = \"r\"\n";
        found(&report, config, &[(Trouble::Generous, Level::Error, "a::g")]);
        let two = [(Trouble::Generous, Level::Error, "a::g"), (Trouble::Generous, Level::Error, "a::f")];
        found(&report, &config.replace("slack = 8", "slack = 7"), &two);
        found(&report, &format!("{config}limit = \"max_bytes\"\n"), &two);
    }

    #[test]
    fn each_block_of_a_line_is_judged() {
        let block = |column, worst| Budget { column, ..example::budget("a::f", 9, worst, 1) };
        found(&report(vec![block(5, 9), block(40, 1)]), "", &[(Trouble::Generous, Level::Error, "a::f")]);
    }

    #[test]
    fn exceptions_that_excuse_nothing_are_named() {
        let report = report(vec![example::budget("a::f", 9, 1, 1), example::budget("a::g", 1, 1, 2)]);
        let config = Config::parse(
            "[[allow]]\npath = \"a::f\"\nslack = 8\nreason = \"r\"\n\
             [[allow]]\npath = \"a::g\"\nslack = 8\nreason = \"r\"\n\
             [[allow]]\npath = \"a::h\"\nunreached = true\nreason = \"r\"\n",
        )
        .unwrap();
        let unused: Vec<&str> =
            judge(&[&report], &config, true).unused.iter().map(|allow| &*allow.path).collect();
        assert_eq!(unused, ["a::g", "a::h"]);
    }

    #[test]
    fn unreached_budgets_are_as_the_file_says() {
        let report = report(example::report().budgets.into_iter().take(1).collect());
        found(&report, "", &[(Trouble::Unreached, Level::Error, "cache::evict")]);
        found(&report, "unreached = \"warn\"", &[(Trouble::Unreached, Level::Warning, "cache::evict")]);
        found(&report, "unreached = \"allow\"", &[]);
        found(&report, "[[allow]]\npath = \"cache::evict\"\nunreached = true\nreason = \"r\"", &[]);
    }

    /// `#[cfg(windows)]`, seen on Linux.
    #[test]
    fn what_was_not_compiled_is_not_unreached() {
        let mut report = example::report();
        report.budgets.truncate(1);
        report.budgets[0].source.as_mut().unwrap().not_compiled = Some("`cfg(windows)` is off".into());
        found(&report, "", &[]);
    }

    #[test]
    fn what_a_test_expects_is_not_exceeded() {
        let mut report = example::report();
        report.budgets = vec![example::budget("a::f", 1, 1, 3)];
        report.budgets[0].calls.exceeded = 1;
        report.budgets[0].overages = example::report().budgets[1].overages.clone();
        found(&report, "", &[(Trouble::Exceeded, Level::Error, "a::f")]);
        report.budgets[0].calls.exceeded = 0;
        report.budgets[0].overages[0].expected = true;
        found(&report, "", &[]);
    }

    #[test]
    fn a_budget_that_no_call_was_judged_by_is_not_silently_fine() {
        let with = |calls| Budget { calls, ..example::budget("a::f", 1, 1, 1) };
        let warming = with(Calls { total: 3, warming: 2, skipped: 1, ..Calls::default() });
        let report_of = report(vec![warming]);
        found(&report_of, "", &[(Trouble::Unjudged, Level::Error, "a::f")]);
        let config = Config::default();
        let what = judge(&[&report_of], &config, true).list[0].what();
        assert_eq!(what, "no call of it is judged (2 warming up, 1 skipped)");
        let some = with(Calls { total: 3, judged: 2, unchecked: 1, ..Calls::default() });
        found(&report(vec![some]), "", &[(Trouble::Unchecked, Level::Warning, "a::f")]);
        let unchecked = with(Calls { total: 3, unchecked: 3, ..Calls::default() });
        found(
            &report(vec![unchecked]),
            "unreached = \"allow\"",
            &[(Trouble::Unchecked, Level::Error, "a::f")],
        );
    }

    /// What is left at the exit can be less than what was there at the entry.
    #[test]
    fn no_limit_can_be_below_zero() {
        let mut budget = example::budget("a::f", 0, -64, 1);
        let retained = budget.quantities.remove(&Limit::Max).unwrap();
        budget.quantities.insert(Limit::MaxRetainedBytes, retained);
        found(&report(vec![budget]), "", &[]);
    }

    #[test]
    fn what_one_lane_needs_is_generous_in_none() {
        let needs = |worst| report(vec![example::budget("a::f", 9, worst, 1)]);
        let (debug, release) = (needs(9), needs(1));
        let config = Config::default();
        assert_eq!(judge(&[&release], &config, true).list.len(), 1);
        assert_eq!(judge(&[&debug, &release], &config, true).list.len(), 0);
        let debug = needs(5);
        let found = judge(&[&release, &debug], &config, true).list;
        assert_eq!(found.iter().map(Finding::room).collect::<Vec<_>>(), [4]);
    }
}
