//! What has changed between two reports of a lane. Budgets and call sites are told apart by names,
//! never by lines: code that moved is not new.

use std::collections::BTreeMap;

use anyhow::{Result, bail};
use serde::Serialize;

use crate::report::budget::{Budget, CallSite, Limit, Quantity};
use crate::report::lane::Lane;
use crate::report::{Report, VERSION};

/// What has changed between two reports of a lane.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Changes {
    pub version: u32,
    /// The revisions of the two reports.
    pub before: Option<String>,
    pub after: Option<String>,
    pub lane: Lane,
    /// Limits that were raised first, then by what has changed, then by package and path.
    pub budgets: Vec<BudgetChange>,
    /// How many budgets are as before.
    pub unchanged: u64,
}

/// What has become of something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    Worse,
    New,
    Gone,
    Moved,
    Better,
}

/// A budget that is not as before.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BudgetChange {
    pub change: Change,
    pub package: Option<String>,
    pub path: String,
    pub label: Option<String>,
    pub file: String,
    pub line: u32,
    /// The file that it was in.
    pub moved_from: Option<String>,
    /// Whether one of its limits was raised.
    pub raised: bool,
    /// Whether tests reached it, before and after.
    pub reached: [bool; 2],
    /// The quantities that are not as before.
    pub quantities: Vec<QuantityChange>,
    pub sites: Vec<SiteChange>,
}

/// A quantity before and after.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct QuantityChange {
    pub limit: Limit,
    pub worst: [Option<i64>; 2],
    /// As it is written, or else the number.
    pub allowed: [Option<String>; 2],
    pub raised: bool,
}

/// A call site before and after.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SiteChange {
    pub change: Change,
    /// The functions from the budget inwards; the last one is what they called.
    pub chain: Vec<String>,
    /// Where it is now, or was.
    pub place: Option<String>,
    pub allocations: [u64; 2],
    pub bytes: [u64; 2],
}

impl Change {
    pub fn name(self) -> &'static str {
        match self {
            Self::Worse => "worse",
            Self::New => "new",
            Self::Gone => "gone",
            Self::Moved => "moved",
            Self::Better => "better",
        }
    }
}

/// # Errors
/// The reports are of unlike lanes.
pub fn compare(before: &Report, after: &Report) -> Result<Changes> {
    let unlike = before.lane.differences(&after.lane);
    if !unlike.is_empty() {
        bail!(
            "the baseline is of another lane, and its numbers say nothing of this one: {}; \
             save a baseline in this lane, or build both sides here with `--rev`",
            unlike.join(", ")
        );
    }
    let (old, new) = (named(before), named(after));
    let mut budgets = Vec::new();
    for (name, now) in &new {
        budgets.extend(match old.get(name) {
            Some(was) => changed(was, now),
            None => Some(alone(now, Change::New)),
        });
    }
    // Of a package that was not tested this time, nothing is known.
    let is_known = |was: &Budget| {
        let run = &after.run;
        run.whole_workspace || was.package.as_ref().is_none_or(|package| run.packages.contains(package))
    };
    let gone = old.iter().filter(|(name, was)| !new.contains_key(*name) && is_known(was));
    budgets.extend(gone.map(|(_, was)| alone(was, Change::Gone)));
    let order = |change: &BudgetChange| {
        (!change.raised, change.change, change.package.clone(), change.path.clone(), change.line)
    };
    budgets.sort_by_key(order);
    let unchanged = new.len() - budgets.iter().filter(|change| change.change != Change::Gone).count();
    Ok(Changes {
        version: VERSION,
        before: before.run.commit.clone(),
        after: after.run.commit.clone(),
        lane: after.lane.clone(),
        budgets,
        unchanged: unchanged as u64,
    })
}

/// Package, path and label; and which one of several of that name, as their lines have them.
type Name<'a> = (Option<&'a str>, &'a str, Option<&'a str>, usize);

fn named(report: &Report) -> BTreeMap<Name<'_>, &Budget> {
    let mut budgets: Vec<&Budget> = report.budgets.iter().collect();
    budgets.sort_by_key(|budget| budget.key());
    let mut named = BTreeMap::new();
    for budget in budgets {
        let mut name = (budget.package.as_deref(), budget.path.as_str(), budget.label.as_deref(), 0);
        while named.contains_key(&name) {
            name.3 += 1;
        }
        named.insert(name, budget);
    }
    named
}

fn alone(budget: &Budget, change: Change) -> BudgetChange {
    let side = |value: Option<String>| if change == Change::New { [None, value] } else { [value, None] };
    let quantity = |limit: &Limit| {
        let quantity = budget.quantities.get(limit);
        let worst = quantity.and_then(|quantity| quantity.worst);
        let allowed = side(allowed(budget, *limit));
        let worst = if change == Change::New { [None, worst] } else { [worst, None] };
        allowed.iter().any(Option::is_some).then_some(QuantityChange {
            limit: *limit,
            worst,
            allowed,
            raised: false,
        })
    };
    BudgetChange {
        change,
        package: budget.package.clone(),
        path: budget.path.clone(),
        label: budget.label.clone(),
        file: budget.file.clone(),
        line: budget.line,
        moved_from: None,
        raised: false,
        reached: [
            change == Change::Gone && budget.is_reached(),
            change == Change::New && budget.is_reached(),
        ],
        quantities: Limit::ALL.iter().filter_map(quantity).collect(),
        sites: Vec::new(),
    }
}

/// `None` if it is as before.
fn changed(was: &Budget, now: &Budget) -> Option<BudgetChange> {
    let mut is_worse = was.is_reached() && !now.is_reached();
    let mut is_better = !was.is_reached() && now.is_reached();
    let mut quantities = Vec::new();
    for limit in Limit::ALL {
        let (old, new) = (was.quantities.get(&limit), now.quantities.get(&limit));
        let both = old.zip(new).map_or(0, |(old, new)| worse_by(limit, old, new));
        let (raised, lowered) = moved_limit(was, now, limit);
        is_worse |= both > 0 || raised;
        is_better |= both < 0 || lowered;
        if both != 0 || raised || lowered {
            let worst = [old, new].map(|quantity| quantity.and_then(|quantity| quantity.worst));
            let allowed = [allowed(was, limit), allowed(now, limit)];
            quantities.push(QuantityChange { limit, worst, allowed, raised });
        }
    }
    let sites = sites(was, now);
    is_worse |= sites.iter().any(|site| matches!(site.change, Change::New | Change::Worse));
    is_better |= sites.iter().any(|site| matches!(site.change, Change::Gone | Change::Better));
    let has_moved = was.file != now.file;
    let change = match (is_worse, is_better, has_moved) {
        (true, ..) => Change::Worse,
        (false, true, _) => Change::Better,
        (false, false, true) => Change::Moved,
        (false, false, false) => return None,
    };
    Some(BudgetChange {
        change,
        moved_from: has_moved.then(|| was.file.clone()),
        raised: quantities.iter().any(|quantity| quantity.raised),
        reached: [was.is_reached(), now.is_reached()],
        quantities,
        sites,
        ..alone(now, change)
    })
}

/// By how much more a call needs at worst; by how much less is left, where the limit depends on the
/// call. Frees and retained bytes count only where they are limited, and values that vary from run
/// to run only outside of what they varied in.
fn worse_by(limit: Limit, old: &Quantity, new: &Quantity) -> i64 {
    let is_constant = |quantity: &Quantity| quantity.limits.is_none_or(|[least, greatest]| least == greatest);
    let is_limited = old.limits.is_some() || new.limits.is_some();
    if !is_limited && !matches!(limit, Limit::Max | Limit::MaxBytes) {
        return 0;
    }
    let (before, after) =
        if is_constant(old) && is_constant(new) { (old.worst, new.worst) } else { (new.slack, old.slack) };
    let varied = |of: &Quantity, value: Option<i64>| {
        of.varies.zip(value).is_some_and(|([least, most], value)| (least..=most).contains(&value))
    };
    if varied(old, new.worst) || varied(new, old.worst) {
        return 0;
    }
    before.zip(after).map_or(0, |(before, after)| after.saturating_sub(before))
}

/// Whether a limit was raised, and whether it was lowered, in the source.
fn moved_limit(was: &Budget, now: &Budget, limit: Limit) -> (bool, bool) {
    let written =
        |budget: &Budget| budget.source.as_ref().and_then(|source| source.limits.get(&limit).cloned());
    let (old, new) = (written(was), written(now));
    let number = |budget: &Budget| budget.quantities.get(&limit)?.limits.map(|[_, greatest]| greatest);
    let literal = |text: &Option<String>| text.as_ref()?.replace('_', "").parse::<u64>().ok();
    match (&old, &new) {
        (Some(_), None) if now.source.is_some() => return (true, false),
        (None, Some(_)) if was.source.is_some() => return (false, true),
        (Some(old), Some(new)) if old == new => return (false, false),
        _ => {}
    }
    let (old, new) = (literal(&old).or(number(was)), literal(&new).or(number(now)));
    old.zip(new).map_or((false, false), |(old, new)| (new > old, new < old))
}

/// The limit as it is written, or else as calls had it.
fn allowed(budget: &Budget, limit: Limit) -> Option<String> {
    let written = budget.source.as_ref().and_then(|source| source.limits.get(&limit));
    let seen = || {
        let [least, greatest] = budget.quantities.get(&limit)?.limits?;
        Some(if least == greatest { least.to_string() } else { format!("{least}–{greatest}") })
    };
    written.cloned().or_else(seen)
}

/// What a call site has allocated in so many calls.
#[derive(Debug, Clone, Default)]
struct Allocated {
    place: Option<String>,
    allocations: u64,
    bytes: u64,
}

/// The call sites of both, where both know all; or else those that are past a limit.
fn sites(was: &Budget, now: &Budget) -> Vec<SiteChange> {
    let have_all = !was.stacks.is_empty() && !now.stacks.is_empty();
    let of = |budget: &Budget| if have_all { traced(budget) } else { past_a_limit(budget) };
    let calls = |budget: &Budget| if have_all { u128::from(budget.calls.total.max(1)) } else { 1 };
    let (old, mut new) = (of(was), of(now));
    let mut changes = Vec::new();
    for (chain, before) in old {
        let after = new.remove(&chain);
        let change = match &after {
            None => Some(Change::Gone),
            Some(after) => {
                let per_call = |of: u64, other: &Budget| u128::from(of) * calls(other);
                let before = (per_call(before.allocations, now), per_call(before.bytes, now));
                let after = (per_call(after.allocations, was), per_call(after.bytes, was));
                match after.cmp(&before) {
                    std::cmp::Ordering::Greater => Some(Change::Worse),
                    std::cmp::Ordering::Less => Some(Change::Better),
                    std::cmp::Ordering::Equal => None,
                }
            }
        };
        if let Some(change) = change {
            changes.push(site(change, chain, &before, &after.unwrap_or_default()));
        }
    }
    changes.extend(
        new.into_iter().map(|(chain, after)| site(Change::New, chain, &Allocated::default(), &after)),
    );
    changes.sort_by(|a, b| (a.change, &a.chain).cmp(&(b.change, &b.chain)));
    changes
}

fn site(change: Change, chain: Vec<String>, before: &Allocated, after: &Allocated) -> SiteChange {
    SiteChange {
        change,
        chain,
        place: after.place.clone().or_else(|| before.place.clone()),
        allocations: [before.allocations, after.allocations],
        bytes: [before.bytes, after.bytes],
    }
}

fn traced(budget: &Budget) -> BTreeMap<Vec<String>, Allocated> {
    let mut sites: BTreeMap<_, Allocated> = BTreeMap::new();
    for stack in &budget.stacks {
        let chain = stack.frames.iter().map(|frame| split(frame).0.to_owned()).collect();
        let sum = sites.entry(chain).or_default();
        let place = stack.frames.iter().rev().find_map(|frame| split(frame).1);
        sum.place = sum.place.take().or_else(|| place.map(str::to_owned));
        sum.allocations += stack.allocations;
        sum.bytes += stack.bytes;
    }
    sites
}

/// `codec::frame (src/codec.rs:44)`: its name and its place.
fn split(frame: &str) -> (&str, Option<&str>) {
    let parts = frame.strip_suffix(')').and_then(|frame| frame.rsplit_once(" ("));
    match parts {
        Some((name, place)) if place.contains(':') && !place.contains(' ') => (name, Some(place)),
        _ => (frame, None),
    }
}

/// Each at its worst call.
fn past_a_limit(budget: &Budget) -> BTreeMap<Vec<String>, Allocated> {
    let mut sites: BTreeMap<_, Allocated> = BTreeMap::new();
    let unexpected = budget.overages.iter().filter(|overage| !overage.expected);
    for site in unexpected.flat_map(|overage| &overage.sites) {
        let sum = sites.entry(chain(site)).or_default();
        sum.place = sum.place.take().or_else(|| crate::text::place(site.file.as_deref(), site.line));
        sum.allocations = sum.allocations.max(site.allocations);
        sum.bytes = sum.bytes.max(site.bytes);
    }
    sites
}

fn chain(site: &CallSite) -> Vec<String> {
    let callers = site.callers.iter().rev().map(|caller| caller.function.clone());
    callers.chain([site.function.clone()]).chain(site.callee.clone()).collect()
}

#[cfg(test)]
mod tests;
