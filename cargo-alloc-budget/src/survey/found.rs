//! What a survey has found out of each function.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::paths::with_slashes;
use crate::report::budget::{Budget, Kind, Limit, Own};
use crate::report::lane::Lane;
use crate::report::{Report, Run};
use crate::survey::insert::{Function, LeftOut};
use crate::survey::loops::Loop;
use crate::survey::tree::Tree;

/// The version of the JSON that a survey writes.
pub const VERSION: u32 = 1;

/// What a survey has found out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Survey {
    pub version: u32,
    /// The version of the tool that wrote it.
    pub tool: String,
    pub lane: Lane,
    pub run: Run,
    pub packages: Vec<Package>,
    /// By package, file and line.
    pub functions: Vec<Surveyed>,
    /// With `--sites`: what allocates many times in one call.
    #[serde(default)]
    pub loops: Vec<Loop>,
}

/// The functions of a package by what became of them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Package {
    pub name: String,
    pub surveyed: usize,
    /// Those that a test has called.
    pub reached: usize,
    pub left_out: BTreeMap<LeftOut, usize>,
    /// Why nothing of it is surveyed.
    pub refusal: Option<String>,
}

/// A function, and what its calls did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Surveyed {
    pub package: String,
    pub path: String,
    pub file: String,
    pub line: u32,
    pub is_public: bool,
    /// Whether it is there for tests, benches or examples only.
    pub in_tests: bool,
    pub class: Class,
    pub calls: u64,
    /// How many tests have called it.
    pub tests: usize,
    /// The least and the most of any one call.
    pub allocations: Option<[u64; 2]>,
    pub bytes: Option<[u64; 2]>,
    /// All calls together, without the surveyed functions that they have called; `None` where that
    /// is not known.
    pub own_allocations: Option<u64>,
    pub own_bytes: Option<u64>,
}

/// What kind of budget a function could have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// No call has allocated.
    Never,
    /// Each call has allocated as often as the others.
    Constant,
    /// Calls differ.
    Varies,
    /// No test has called it, or no call came to its end.
    Unreached,
}

impl Survey {
    pub(super) fn of(report: &Report, tree: &Tree) -> Self {
        // A file that several modules have is several budgets.
        let mut budgets: BTreeMap<(&str, u32, &str), Vec<&Budget>> = BTreeMap::new();
        for budget in report.budgets.iter().filter(|budget| budget.kind == Kind::Function) {
            budgets.entry((&budget.file, budget.line, last(&budget.path))).or_default().push(budget);
        }
        let mut packages: BTreeMap<&str, Package> = BTreeMap::new();
        let mut functions = Vec::new();
        for (package, path, left_out, function) in tree.functions() {
            if !report.run.packages.iter().any(|tested| tested == package) {
                continue;
            }
            let counts = packages
                .entry(package)
                .or_insert_with(|| Package { name: package.to_owned(), ..Package::default() });
            if let Some(why) = left_out {
                *counts.left_out.entry(why).or_default() += 1;
                continue;
            }
            let file = with_slashes(path.strip_prefix(tree.root()).unwrap_or(path));
            let key = (file.as_str(), function.line, function.name.as_str());
            let budgets = budgets.get(&key).map_or(&[][..], Vec::as_slice);
            let surveyed = Surveyed::of(package, file.clone(), function, budgets);
            counts.surveyed += 1;
            counts.reached += usize::from(surveyed.class != Class::Unreached);
            functions.push(surveyed);
        }
        for (name, why) in &tree.left_out {
            packages.insert(
                name,
                Package { name: name.clone(), refusal: Some(why.clone()), ..Package::default() },
            );
        }
        functions.sort_by(|a, b| {
            (&a.package, &a.file, a.line, &a.path).cmp(&(&b.package, &b.file, b.line, &b.path))
        });
        Self {
            version: VERSION,
            tool: env!("CARGO_PKG_VERSION").to_owned(),
            lane: report.lane.clone(),
            run: report.run.clone(),
            packages: packages.into_values().collect(),
            functions,
            loops: Vec::new(),
        }
    }

    /// The functions of a class that are not there for tests.
    pub fn class(&self, class: Class) -> impl Iterator<Item = &Surveyed> {
        self.candidates().filter(move |function| function.class == class)
    }

    /// Those that allocate by themselves, the most first.
    pub(super) fn by_themselves(&self) -> Vec<&Surveyed> {
        let mut most: Vec<_> =
            self.candidates().filter(|function| function.own_allocations.unwrap_or(0) > 0).collect();
        most.sort_by_key(|function| Reverse(function.own_allocations));
        most
    }

    /// The functions that are not there for tests.
    pub fn candidates(&self) -> impl Iterator<Item = &Surveyed> {
        self.functions.iter().filter(|function| !function.in_tests)
    }
}

impl Surveyed {
    fn of(package: &str, file: String, function: &Function, budgets: &[&Budget]) -> Self {
        let range = |limit: Limit| {
            let ranges = budgets.iter().filter_map(|budget| {
                let quantity = budget.quantities.get(&limit)?;
                let most = u64::try_from(quantity.worst?).ok()?;
                let least = quantity.least.and_then(|least| u64::try_from(least).ok()).unwrap_or(0);
                Some([least, most])
            });
            ranges.reduce(|[a, b], [c, d]| [a.min(c), b.max(d)])
        };
        let allocations = range(Limit::Max);
        let class = match allocations {
            None => Class::Unreached,
            Some([_, 0]) => Class::Never,
            Some([least, most]) if least == most => Class::Constant,
            Some(_) => Class::Varies,
        };
        let own = budgets.iter().try_fold(Own::default(), |sum, budget| Some(sum.and(budget.own?)));
        let own = own.filter(|_| !budgets.is_empty());
        let tests: BTreeSet<&String> = budgets.iter().flat_map(|budget| &budget.tests).collect();
        Self {
            package: package.to_owned(),
            path: budgets.first().map_or_else(|| function.path.join("::"), |budget| budget.path.clone()),
            file,
            line: function.line,
            is_public: function.is_public,
            in_tests: function.in_tests,
            class,
            calls: budgets.iter().map(|budget| budget.calls.total).sum(),
            tests: tests.len(),
            allocations,
            bytes: range(Limit::MaxBytes),
            own_allocations: own.map(|own| own.allocations),
            own_bytes: own.map(|own| own.bytes),
        }
    }
}

/// The function's own name in its path.
pub(super) fn last(path: &str) -> &str {
    path.rsplit("::").next().unwrap_or(path)
}
