//! One budget of the source, while records are folded into it.

use std::collections::{BTreeMap, BTreeSet};

use super::line::{At, Over, Quantity, Site, Threads};
use super::overages;
use super::quantity::{Seen, Who};
use crate::report::budget::{Budget, Calls, Limit, Overage, Own, Stack};

/// What is known of one budget so far.
#[derive(Debug, Clone, Default)]
pub(super) struct Folded {
    /// Crate and path, of each crate that has it.
    paths: BTreeSet<String>,
    labels: BTreeSet<String>,
    instances: BTreeSet<String>,
    /// Test programs of a crate that has it as its own.
    own: BTreeSet<String>,
    measures: bool,
    all_threads: bool,
    calls: Calls,
    tests: BTreeSet<Caller>,
    quantities: BTreeMap<Limit, BTreeMap<Caller, Seen>>,
    overages: Vec<(Caller, Overage)>,
    stacks: BTreeMap<Vec<String>, (u64, u64)>,
    /// What calls did by themselves, by who has called; `None` where that is not known.
    own_events: Vec<Option<Own>>,
    pub(super) is_lower_bound: bool,
}

/// A program, and a test in it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Caller {
    program: Option<String>,
    test: Option<String>,
}

impl Folded {
    /// What its record says of itself, and the test program of the crate that it is in.
    pub(super) fn know(&mut self, site: &Site, own: Option<String>) {
        self.paths.insert(site.path.clone());
        self.labels.extend(site.name.clone());
        self.instances.insert(instance(site));
        self.own.extend(own);
        self.measures |= site.measures;
        self.all_threads |= site.threads == Threads::All;
    }

    /// What one test has done with it in one process. `file` names files as the report does.
    #[expect(clippy::too_many_arguments, reason = "each is one thing that a record says")]
    pub(super) fn add(
        &mut self,
        site: &Site,
        program: Option<&str>,
        test: Option<&str>,
        at: Option<&At>,
        over: &[&Over],
        is_expected: bool,
        file: &dyn Fn(&str) -> String,
    ) {
        let caller = Caller { program: program.map(str::to_owned), test: test.map(str::to_owned) };
        self.add_calls(at, over, is_expected);
        if test.is_some() {
            self.tests.insert(caller.clone());
        }
        if !is_expected {
            let who =
                Who { is_nameless: test.is_none(), test: caller.test.clone(), instance: instance(site) };
            let mut add = |limit, quantity: &Quantity| {
                self.quantities
                    .entry(limit)
                    .or_default()
                    .entry(caller.clone())
                    .or_default()
                    .add(quantity, &who);
            };
            for limit in Limit::ALL {
                if let Some(quantity) = at.and_then(|at| at.quantity(limit)) {
                    add(limit, quantity);
                }
            }
            // A process that was aborted by it has said no more than this.
            for exceeded in over.iter().flat_map(|over| &over.exceeded) {
                let slack = i128::from(exceeded.allowed) - i128::from(exceeded.actual);
                let quantity = Quantity {
                    least: None,
                    worst: Some(exceeded.actual),
                    limits: Some([exceeded.allowed; 2]),
                    slack: i64::try_from(slack).ok(),
                };
                add(exceeded.limit, &quantity);
            }
        }
        self.overages.extend(over.iter().map(|over| {
            let mut sites = over.sites.clone();
            for site in &mut sites {
                site.file = site.file.as_deref().map(file);
                for caller in &mut site.callers {
                    caller.file = caller.file.as_deref().map(file);
                }
            }
            let exceeded = over.exceeded.clone();
            (caller.clone(), Overage { test: None, expected: is_expected, exceeded, sites })
        }));
    }

    fn add_calls(&mut self, at: Option<&At>, over: &[&Over], is_expected: bool) {
        let count = over.len() as u64;
        let calls = &mut self.calls;
        let told = at.map_or(0, |at| at.calls);
        // The overages are written at once, and the rest later or never.
        calls.total += over.iter().map(|over| over.call).fold(told, u64::max);
        calls.judged += at.map_or(0, |at| at.judged).max(count);
        if !is_expected {
            calls.exceeded += at.map_or(0, |at| at.exceeded).max(count);
        }
        let Some(at) = at else { return };
        self.own_events.push(at.own);
        calls.warming += at.warming;
        calls.skipped += at.skipped;
        calls.unwound += at.unwound;
        calls.unchecked += at.unchecked;
    }

    pub(super) fn add_stacks(&mut self, stacks: &[Stack]) {
        for stack in stacks {
            let (allocations, bytes) = self.stacks.entry(stack.frames.clone()).or_default();
            *allocations += stack.allocations;
            *bytes += stack.bytes;
        }
    }

    /// As the report has it: `budget` says where it is.
    pub(super) fn told(self, budget: Budget) -> Budget {
        let has_instances = self.instances.len() > 1;
        let spell = |caller: &Caller| spell(caller, &self.own);
        let quantities = self.quantities.into_iter().map(|(limit, callers)| {
            let mut all = Seen::default();
            for (caller, seen) in callers {
                all.merge(seen.renamed(spell(&caller)));
            }
            (limit, all.told(has_instances))
        });
        let quantities = quantities.collect();
        let overages =
            self.overages.into_iter().map(|(caller, overage)| Overage { test: spell(&caller), ..overage });
        Budget {
            path: self.paths.into_iter().next().unwrap_or_default(),
            label: self.labels.into_iter().next(),
            measures: self.measures,
            all_threads: self.all_threads,
            calls: self.calls,
            tests: self.tests.iter().filter_map(spell).collect::<BTreeSet<_>>().into_iter().collect(),
            quantities,
            overages: overages::distinct(overages),
            stacks: self
                .stacks
                .into_iter()
                .map(|(frames, (allocations, bytes))| Stack { frames, allocations, bytes })
                .collect(),
            own: self.own_events.into_iter().try_fold(Own::default(), |sum, own| Some(sum.and(own?))),
            is_lower_bound: self.is_lower_bound,
            ..budget
        }
    }
}

fn instance(site: &Site) -> String {
    site.instance.as_ref().unwrap_or(&site.path).clone()
}

/// The only test program of the budget's own crate needs no name.
fn spell(caller: &Caller, own: &BTreeSet<String>) -> Option<String> {
    let test = caller.test.as_ref()?;
    let is_own = own.len() == 1 && caller.program.as_ref().is_some_and(|program| own.contains(program));
    let program = caller.program.as_ref().filter(|_| !is_own);
    Some(program.map_or_else(|| test.clone(), |program| format!("{program} {test}")))
}
