//! `tighten`: generous limits are lowered to their worst, where that is known to be the worst.

use crate::config::lane_name;
use crate::edit::bless::worst;
use crate::edit::plan::{Only, Plan, What, Wish, plan, refused};
use crate::report::Report;
use crate::report::budget::{Budget, Limit, Quantity};
use crate::workspace::Workspace;

/// Why nothing may be lowered after such runs, a line each. `lanes` are those that a limit must
/// hold in.
pub fn hindrances(reports: &[Report], lanes: &[String]) -> Vec<String> {
    let mut hindrances: Vec<String> = reports.iter().flat_map(of_run).collect();
    let have: Vec<String> = reports.iter().map(|report| lane_name(&report.lane)).collect();
    let left_out = lanes.iter().filter(|lane| !have.contains(lane));
    hindrances.extend(
        left_out.map(|lane| {
            format!("alloc-budget.toml names the lane `{lane}`, and there is no `--report` of it")
        }),
    );
    hindrances
}

fn of_run(report: &Report) -> Vec<String> {
    let mut hindrances = report.run.incomplete.clone();
    if report.run.runs < 2 {
        hindrances.push(format!(
            "the tests were run {}: numbers that vary are only seen in several runs (`--runs 2`)",
            if report.run.runs == 1 { "once".to_owned() } else { format!("{} times", report.run.runs) }
        ));
    }
    if let Some(shard) = report.run.shard {
        hindrances.push(format!(
            "it is part {} of {}: merge the reports of all parts, and use that with `--report`",
            shard.index, shard.count
        ));
    }
    hindrances
}

/// Lowers generous limits.
pub fn tighten(reports: &[Report], only: &Only, workspace: &Workspace) -> Plan {
    let mut wishes = Vec::new();
    let mut unsure = Vec::new();
    let all = || reports.iter().flat_map(|report| &report.budgets).filter(|budget| only.has(budget));
    for budget in all() {
        for (limit, quantity) in &budget.quantities {
            let Some((value, said)) = lowered(*limit, quantity) else { continue };
            let shared = all().filter(|other| is_same_source(budget, other));
            if let Some(why) = shared.clone().find_map(|other| hindrance(other, *limit)) {
                unsure.push(refused(budget, said, why, None));
                continue;
            }
            let others = shared.filter_map(|other| worst(other.quantities.get(limit)?));
            let value = others.max().unwrap_or(value);
            // Else another crate that shares the source needs it.
            if quantity.limits.is_some_and(|[least, _]| value < least) {
                wishes.push(Wish { budget, what: What::Limit(*limit, value), said });
            }
        }
    }
    let mut plan = plan(wishes, workspace);
    plan.refused.extend(unsure);
    plan.refused.sort();
    plan.refused.dedup();
    plan
}

/// What a limit that every call has kept could be.
fn lowered(limit: Limit, quantity: &Quantity) -> Option<(u64, String)> {
    let worst = worst(quantity)?;
    let [least, greatest] = quantity.limits?;
    // An expression is as generous as the call that came nearest to it.
    let is_generous = quantity.slack.is_some_and(|slack| slack > 0) && worst < least;
    let had = if least == greatest { least.to_string() } else { format!("{least}…{greatest}") };
    is_generous.then(|| (worst, format!("{worst} of `{limit} = {had}`")))
}

/// Whether the same file is in two crates.
fn is_same_source(a: &Budget, b: &Budget) -> bool {
    (&a.file, a.line, a.column, a.kind) == (&b.file, b.line, b.column, b.kind)
}

/// Why the worst may not be the worst.
fn hindrance(budget: &Budget, limit: Limit) -> Option<String> {
    let varies = budget.quantities.get(&limit).and_then(|quantity| quantity.varies);
    if let Some([lowest, highest]) = varies.filter(|[lowest, highest]| lowest != highest) {
        return Some(format!("it varies from run to run, from {lowest} to {highest}"));
    }
    if budget.is_lower_bound {
        return Some("a process that called it has no end in its record".to_owned());
    }
    if budget.calls.unchecked > 0 {
        return Some(format!("{} of its calls were not counted", budget.calls.unchecked));
    }
    (budget.is_reached() && budget.calls.judged == 0).then(|| "none of its calls was judged".to_owned())
}
