//! The reports of all shards as one report, as if one machine had run all tests.

#[cfg(test)]
mod tests;

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, bail};

use crate::report::budget::{Budget, Calls, Kind, Limit, Quantity, Stack};
use crate::report::verdict::{Verdict, What};
use crate::report::{Counts, NOTHING, Other, Report, Run, Shard, Target};

/// Each with the name that it is spoken of by.
///
/// # Errors
/// They don't belong together, or one is missing.
pub fn merge(mut shards: Vec<(String, Report)>) -> Result<Report> {
    shards.sort_by_key(|(name, report)| (report.run.shard, name.clone()));
    all_there(&shards)?;
    alike(&shards)?;
    let mut shards = shards.into_iter().map(|(_, report)| report);
    let Some(mut whole) = shards.next() else { bail!("there is no shard to merge") };
    whole.run.shard = None;
    let mut budgets: BTreeMap<_, Budget> = BTreeMap::new();
    add_budgets(&mut budgets, std::mem::take(&mut whole.budgets));
    for shard in shards {
        whole.verdict = worse(whole.verdict, shard.verdict);
        add_run(&mut whole.run, shard.run);
        add_budgets(&mut budgets, shard.budgets);
        whole.targets = targets(whole.targets, shard.targets);
        whole.others = others(whole.others, shard.others);
    }
    whole.budgets = budgets.into_values().collect();
    whole.budgets.sort_by(|one, other| one.key().cmp(&other.key()));
    // A shard may have no test that calls a budget. All of them together must have one.
    if whole.budgets.iter().any(Budget::is_reached) {
        whole.run.incomplete.retain(|reason| reason != NOTHING);
    } else {
        whole.verdict = worse(whole.verdict, Verdict::INCOMPLETE);
    }
    Ok(whole)
}

fn all_there(shards: &[(String, Report)]) -> Result<()> {
    let mut seen: BTreeMap<u32, &str> = BTreeMap::new();
    let mut of: Option<(u32, &str)> = None;
    for (name, report) in shards {
        let Some(Shard { index, count }) = report.run.shard else {
            bail!("{name} is no shard: `cargo alloc-budget test --shard K/N --out FILE` writes them");
        };
        let (all, first) = *of.get_or_insert((count, name));
        if all != count {
            bail!("{first} is one of {all} shards, and {name} is one of {count}");
        }
        if let Some(other) = seen.insert(index, name) {
            bail!("{other} and {name} are both shard {index} of {count}");
        }
    }
    if let Some((count, _)) = of {
        let missing: Vec<String> = (1..=count)
            .filter(|index| !seen.contains_key(index))
            .map(|index| format!("{index}/{count}"))
            .collect();
        if !missing.is_empty() {
            bail!("a shard is missing: {}", missing.join(", "));
        }
    }
    Ok(())
}

/// Whether all are of one lane and the same sources.
fn alike(shards: &[(String, Report)]) -> Result<()> {
    for (at, (name, report)) in shards.iter().enumerate() {
        for (first, reference) in &shards[..at] {
            let mut unlike = reference.lane.differences(&report.lane);
            let mut compare = |what: &str, a: String, b: String| {
                if a != b {
                    unlike.push(format!("{what} {a} and {b}"));
                }
            };
            let selection = |report: &Report| report.run.packages.join(",");
            compare("tool", reference.tool.clone(), report.tool.clone());
            compare("packages", selection(reference), selection(report));
            compare("runs", reference.run.runs.to_string(), report.run.runs.to_string());
            unlike.extend(unlike_sources(reference, report));
            if !unlike.is_empty() {
                bail!("{first} and {name} don't belong together: {}", unlike.join("; "));
            }
        }
    }
    Ok(())
}

/// In what the sources of two reports differ.
pub(crate) fn unlike_sources(one: &Report, other: &Report) -> Option<String> {
    let revision = |report: &Report| report.run.commit.clone().unwrap_or_else(|| "none".into());
    if revision(one) != revision(other) {
        return Some(format!("revision {} and {}", revision(one), revision(other)));
    }
    let other = hashes(other);
    let unlike = |(file, hash): &(&str, &str)| other.get(file).is_some_and(|other| other != hash);
    hashes(one).into_iter().find(unlike).map(|(file, _)| format!("{file} is not the same"))
}

/// What each file was that has budgets.
fn hashes(report: &Report) -> BTreeMap<&str, &str> {
    let known =
        report.budgets.iter().filter_map(|budget| Some((&*budget.file, &*budget.source.as_ref()?.hash)));
    known.collect()
}

/// The runner's, exceeded, incomplete, ratchet, fine.
fn worse(a: Verdict, b: Verdict) -> Verdict {
    let rank = |verdict: Verdict| match verdict.what {
        What::Failed => 0,
        What::Exceeded => 1,
        What::Incomplete => 2,
        What::Ratchet => 3,
        What::Fine => 4,
    };
    if rank(b) < rank(a) { b } else { a }
}

fn add_run(whole: &mut Run, shard: Run) {
    whole.dirty |= shard.dirty;
    whole.passed += shard.passed;
    whole.failed += shard.failed;
    whole.ignored += shard.ignored;
    whole.exit = if whole.exit == Some(0) { shard.exit } else { whole.exit };
    whole.failures = union(std::mem::take(&mut whole.failures), shard.failures);
    whole.incomplete = union(std::mem::take(&mut whole.incomplete), shard.incomplete);
}

fn union(a: Vec<String>, b: Vec<String>) -> Vec<String> {
    a.into_iter().chain(b).collect::<BTreeSet<_>>().into_iter().collect()
}

/// Package, file, line, column, path behind the crate's name, label and kind. Of a file that
/// several crates have, each shard may have seen another crate.
type Key = (Option<String>, String, u32, u32, String, Option<String>, Kind);

fn add_budgets(whole: &mut BTreeMap<Key, Budget>, budgets: Vec<Budget>) {
    for budget in budgets {
        let Budget { package, file, line, column, path, label, kind, .. } = &budget;
        let path = path.split_once("::").map_or(&**path, |(_, path)| path).to_owned();
        let key = (package.clone(), file.clone(), *line, *column, path, label.clone(), *kind);
        match whole.entry(key) {
            Entry::Vacant(entry) => {
                entry.insert(budget);
            }
            Entry::Occupied(mut entry) => add_budget(entry.get_mut(), budget),
        }
    }
}

fn add_budget(whole: &mut Budget, shard: Budget) {
    let Calls { total, judged, warming, skipped, unwound, unchecked, exceeded } = shard.calls;
    whole.calls.total += total;
    whole.calls.judged += judged;
    whole.calls.warming += warming;
    whole.calls.skipped += skipped;
    whole.calls.unwound += unwound;
    whole.calls.unchecked += unchecked;
    whole.calls.exceeded += exceeded;
    whole.tests = union(std::mem::take(&mut whole.tests), shard.tests);
    for (limit, quantity) in shard.quantities {
        add_quantity(&mut whole.quantities, limit, quantity);
    }
    for overage in shard.overages {
        if !whole.overages.contains(&overage) {
            whole.overages.push(overage);
        }
    }
    whole.stacks = stacks(std::mem::take(&mut whole.stacks), shard.stacks);
    whole.is_lower_bound |= shard.is_lower_bound;
    whole.source = whole.source.take().or(shard.source);
}

fn add_quantity(whole: &mut BTreeMap<Limit, Quantity>, limit: Limit, shard: Quantity) {
    let Some(sum) = whole.get_mut(&limit) else {
        whole.insert(limit, shard);
        return;
    };
    // In a run of all tests the worst is at least the higher one of the least that each shard has
    // seen.
    let range = |quantity: &Quantity| quantity.varies.or(quantity.worst.map(|worst| [worst, worst]));
    let varies = match (range(sum), range(&shard)) {
        (Some(a), Some(b)) => Some([a[0].max(b[0]), a[1].max(b[1])]),
        (a, b) => a.or(b),
    };
    let is_worse = match shard.worst.cmp(&sum.worst) {
        std::cmp::Ordering::Equal => (&shard.test, &shard.instance) < (&sum.test, &sum.instance),
        order => order.is_gt(),
    };
    if is_worse {
        (sum.worst, sum.test, sum.instance) = (shard.worst, shard.test, shard.instance);
    }
    sum.varies = varies.filter(|[least, most]| least < most);
    sum.limits = match (sum.limits, shard.limits) {
        (Some(a), Some(b)) => Some([a[0].min(b[0]), a[1].max(b[1])]),
        (a, b) => a.or(b),
    };
    sum.slack = match (sum.slack, shard.slack) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    };
}

fn stacks(a: Vec<Stack>, b: Vec<Stack>) -> Vec<Stack> {
    let mut sums: BTreeMap<Vec<String>, (u64, u64)> = BTreeMap::new();
    for stack in a.into_iter().chain(b) {
        let sum = sums.entry(stack.frames).or_default();
        *sum = (sum.0 + stack.allocations, sum.1 + stack.bytes);
    }
    sums.into_iter().map(|(frames, (allocations, bytes))| Stack { frames, allocations, bytes }).collect()
}

fn targets(a: Vec<Target>, b: Vec<Target>) -> Vec<Target> {
    let mut sums: BTreeMap<(String, String, String), Target> = BTreeMap::new();
    // What is wrong in one shard is wrong.
    let rank = |counts: Counts| match counts {
        Counts::No => 0,
        Counts::Off => 1,
        Counts::Yes => 2,
        Counts::Unknown => 3,
    };
    for target in a.into_iter().chain(b) {
        match sums.entry((target.package.clone(), target.kind.clone(), target.name.clone())) {
            Entry::Vacant(entry) => {
                entry.insert(target);
            }
            Entry::Occupied(mut entry) => {
                let sum = entry.get_mut();
                sum.processes += target.processes;
                sum.unended += target.unended;
                if rank(target.counts) < rank(sum.counts) {
                    sum.counts = target.counts;
                }
            }
        }
    }
    sums.into_values().collect()
}

fn others(a: Vec<Other>, b: Vec<Other>) -> Vec<Other> {
    let mut sums: BTreeMap<String, (u64, u64)> = BTreeMap::new();
    for other in a.into_iter().chain(b) {
        let sum = sums.entry(other.name).or_default();
        *sum = (sum.0 + other.processes, sum.1 + other.unended);
    }
    sums.into_iter().map(|(name, (processes, unended))| Other { name, processes, unended }).collect()
}
