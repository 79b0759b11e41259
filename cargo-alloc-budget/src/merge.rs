//! The reports of all shards as one report, as if one machine had run all tests.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, bail};

use crate::report::budget::{Budget, Calls, Limit, Quantity, Stack};
use crate::report::verdict::{Verdict, What};
use crate::report::{Counts, Other, Report, Run, Shard, Target};

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
    // A shard may have no test that calls a budget. All of them together must have one.
    if whole.budgets.iter().any(Budget::is_reached) {
        whole.run.incomplete.retain(|reason| reason != NOTHING);
    } else {
        whole.verdict = worse(whole.verdict, Verdict::INCOMPLETE);
    }
    Ok(whole)
}

/// What a run says that has recorded no budget.
const NOTHING: &str = "no budget was recorded";

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
    let Some((first, reference)) = shards.first() else { return Ok(()) };
    let mut sources: BTreeMap<&str, (&str, &str)> = BTreeMap::new();
    for (name, report) in shards {
        let mut unlike = reference.lane.differences(&report.lane);
        let mut compare = |what: &str, a: String, b: String| {
            if a != b {
                unlike.push(format!("{what} {a} and {b}"));
            }
        };
        let revision = |report: &Report| report.run.commit.clone().unwrap_or_else(|| "none".into());
        let selection = |report: &Report| report.run.packages.join(",");
        compare("tool", reference.tool.clone(), report.tool.clone());
        compare("revision", revision(reference), revision(report));
        compare("packages", selection(reference), selection(report));
        compare("runs", reference.run.runs.to_string(), report.run.runs.to_string());
        if !unlike.is_empty() {
            bail!("{first} and {name} don't belong together: {}", unlike.join("; "));
        }
        for budget in &report.budgets {
            let Some(source) = &budget.source else { continue };
            let (hash, other) = *sources.entry(&budget.file).or_insert((&source.hash, name));
            if hash != source.hash {
                bail!("{other} and {name} don't belong together: {} is not the same", budget.file);
            }
        }
    }
    Ok(())
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

/// In the order of a report.
type Key = (Option<String>, String, u32, String, Option<String>);

fn add_budgets(whole: &mut BTreeMap<Key, Budget>, budgets: Vec<Budget>) {
    for budget in budgets {
        let key = (
            budget.package.clone(),
            budget.file.clone(),
            budget.line,
            budget.path.clone(),
            budget.label.clone(),
        );
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::example;

    fn shard(index: u32, count: u32, budgets: Vec<Budget>) -> (String, Report) {
        let mut report = Report { budgets, ..example::report() };
        report.run.shard = Some(Shard { index, count });
        report.verdict = Verdict::FINE;
        (format!("shard-{index}.json"), report)
    }

    fn two() -> Vec<(String, Report)> {
        let unreached = example::report().budgets.remove(0);
        let mut reached =
            Budget { tests: vec!["tests::a".into()], ..example::budget("cache::evict", 0, 0, 7) };
        reached.source.clone_from(&unreached.source);
        let f = |worst, calls| example::budget("a::f", 5, worst, calls);
        vec![shard(2, 2, vec![f(2, 10), reached]), shard(1, 2, vec![f(4, 1), unreached])]
    }

    #[test]
    fn all_shards_are_one_run() {
        let whole = merge(two()).unwrap();
        assert_eq!(whole.run.shard, None);
        assert_eq!(whole.run.passed, 80);
        let [f, evict] = &whole.budgets[..] else { panic!("{:?}", whole.budgets) };
        assert_eq!(f.calls.total, 11);
        let quantity = &f.quantities[&Limit::Max];
        assert_eq!((quantity.worst, quantity.slack), (Some(4), Some(1)));
        assert!(evict.is_reached());
        assert_eq!(evict.tests, ["tests::a"]);
        assert_eq!(whole.targets[0].processes, 2);
    }

    /// As it is for the files of a shell's `*`.
    #[test]
    fn the_order_of_the_shards_does_not_matter() {
        let mut shards = two();
        let whole = merge(shards.clone()).unwrap();
        shards.reverse();
        assert_eq!(merge(shards).unwrap(), whole);
    }

    #[track_caller]
    fn refused(shards: Vec<(String, Report)>, words: &str) {
        let error = merge(shards).unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
    }

    #[test]
    fn a_shard_that_is_missing_or_doubled_is_refused() {
        refused(vec![shard(1, 4, vec![]), shard(3, 4, vec![])], "a shard is missing: 2/4, 4/4");
        refused(vec![shard(1, 2, vec![]), shard(1, 2, vec![])], "are both shard 1 of 2");
        refused(
            vec![shard(1, 2, vec![]), shard(2, 3, vec![])],
            "shard-1.json is one of 2 shards, and shard-2.json is one of 3",
        );
        refused(vec![("report.json".into(), example::report())], "report.json is no shard");
        refused(vec![], "there is no shard");
    }

    type Change = fn(&mut Report);

    #[test]
    fn shards_of_unlike_runs_are_refused() {
        let unlike: [(Change, &str); 8] = [
            (|report| report.run.commit = Some("0ther".into()), "revision 5f3c1e0a and 0ther"),
            (|report| report.lane.features = vec!["all".into()], "features `default` and `all`"),
            (|report| report.lane.rustc = "1.96".into(), "compiler `1.95` and `1.96`"),
            (|report| report.lane.profile = "release".into(), "profile `dev` and `release`"),
            (|report| report.tool = "0.2.0".into(), "tool 0.1.0 and 0.2.0"),
            (
                |report| report.run.packages = vec!["codec".into()],
                "packages cache,codec,mixer,parse and codec",
            ),
            (|report| report.run.runs = 2, "runs 1 and 2"),
            (
                |report| report.budgets[1].source.as_mut().unwrap().hash = "f00".into(),
                "cache/src/lib.rs is not the same",
            ),
        ];
        for (change, words) in unlike {
            let mut shards = two();
            change(&mut shards[0].1);
            refused(shards, words);
        }
    }

    #[test]
    fn the_worst_verdict_is_that_of_all() {
        let with = |a, b| {
            let mut shards = two();
            (shards[0].1.verdict, shards[1].1.verdict) = (a, b);
            merge(shards).unwrap().verdict
        };
        assert_eq!(with(Verdict::FINE, Verdict::EXCEEDED), Verdict::EXCEEDED);
        assert_eq!(with(Verdict::failed(Some(100)), Verdict::EXCEEDED).code, 100);
    }

    #[test]
    fn shards_that_have_recorded_nothing_are_together_incomplete() {
        let nothing = |index| shard(index, 2, example::report().budgets.into_iter().take(1).collect());
        assert_eq!(merge(vec![nothing(1), nothing(2)]).unwrap().verdict, Verdict::INCOMPLETE);
    }

    #[test]
    fn what_is_incomplete_in_one_is_in_all() {
        let mut shards = two();
        shards[0].1.run.incomplete = vec![NOTHING.into(), "a test was retried".into()];
        assert_eq!(merge(shards).unwrap().run.incomplete, ["a test was retried"]);
    }

    #[test]
    fn what_varies_in_one_shard_may_be_steady_in_all() {
        let varying = |worst, varies| Quantity { worst: Some(worst), varies, ..Quantity::default() };
        let sum = |a: Quantity, b: Quantity| {
            let mut whole = BTreeMap::from([(Limit::Max, a)]);
            add_quantity(&mut whole, Limit::Max, b);
            whole.remove(&Limit::Max).unwrap().varies
        };
        assert_eq!(sum(varying(3, Some([1, 3])), varying(5, None)), None);
        assert_eq!(sum(varying(3, Some([1, 3])), varying(2, None)), Some([2, 3]));
        assert_eq!(sum(varying(3, None), varying(3, None)), None);
    }
}
