//! The records of one run of the tests, folded into budgets, programs, and what is missing.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::file::Record;
use super::folded::Folded;
use super::folder::Records;
use super::line::{At, Header, Nextest, Site, State};
use super::places::Places;
use super::program::{Origin, Program, Programs};
use crate::report::budget::{Budget, Kind};
use crate::report::{Counts, Other, Target};

/// What records don't say: how the tests have ended.
pub trait Expectation {
    /// Whether an overage in this test is what the test wants. `on_overage` is what the budget's
    /// code says.
    fn is_expected(&self, test: &Test<'_>, on_overage: &str) -> bool;
}

/// A test, as a record says it.
#[derive(Debug, Clone, Copy)]
pub struct Test<'a> {
    pub program: Option<&'a Program>,
    pub name: Option<&'a str>,
    /// Whether there was another attempt after this one.
    pub was_retried: bool,
    /// Whether its process came to its end.
    pub has_ended: bool,
}

/// What one run of the tests did.
#[derive(Debug, Clone, Default)]
pub struct Fold {
    pub budgets: Vec<Budget>,
    pub targets: Vec<Target>,
    pub others: Vec<Other>,
    /// In words.
    pub incomplete: BTreeSet<String>,
    /// The tests with an overage that none of them expects: the program, if it is known, and the
    /// name.
    pub exceeding: BTreeSet<(Option<String>, Option<String>)>,
    /// The tests that expect one.
    pub expecting: BTreeSet<(Option<String>, Option<String>)>,
    /// Processes that an overage has aborted.
    pub aborted: u64,
}

/// One budget of the source: what its instances, and the crates that include its file, have in
/// common.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    file: String,
    line: u32,
    column: u32,
    /// Behind the crate's name.
    path: String,
    kind: Kind,
}

/// The last attempt of each test that nextest ran: the program and the name.
type Attempts = BTreeMap<(Option<String>, Option<String>), u32>;

fn attempts(records: &[Record]) -> Attempts {
    let mut attempts = Attempts::new();
    for Nextest { binary_id, test, attempt, .. } in records.iter().filter_map(|it| it.header.nextest.as_ref())
    {
        let last = attempts.entry((binary_id.clone(), test.clone())).or_insert(1);
        *last = (*last).max(attempt.unwrap_or(1));
    }
    attempts
}

pub fn fold(records: &Records, places: &Places, programs: &[Program], expectation: &dyn Expectation) -> Fold {
    let known = Programs::new(programs);
    let mut fold = Fold::default();
    let mut budgets: BTreeMap<Key, Folded> = BTreeMap::new();
    let mut targets: BTreeMap<(String, String, String), Target> = BTreeMap::new();
    let mut others: BTreeMap<String, Other> = BTreeMap::new();
    let attempts = attempts(&records.records);
    for program in programs.iter().filter(|program| program.is_test) {
        target_of(&mut targets, program);
    }
    for record in &records.records {
        let origin = known.origin(&record.header);
        let (processes, unended, name) = match &origin {
            Origin::Program(program) => {
                let target = target_of(&mut targets, program);
                target.counts = target.counts.max_of(record.header.state);
                (&mut target.processes, &mut target.unended, program.id())
            }
            Origin::Doctest(package) => {
                let target = doctest_of(&mut targets, package);
                target.counts = target.counts.max_of(record.header.state);
                (&mut target.processes, &mut target.unended, format!("the documentation of {package}"))
            }
            Origin::Build(name) | Origin::Other(name) => {
                let other = others.entry(name.clone()).or_insert_with(|| Other {
                    name: name.clone(),
                    processes: 0,
                    unended: 0,
                });
                (&mut other.processes, &mut other.unended, name.clone())
            }
        };
        *processes += 1;
        *unended += u64::from(!record.is_whole());
        if matches!(origin, Origin::Build(_)) {
            continue;
        }
        fold.incomplete.extend(what_is_missing(record, &name));
        let was_retried = record.header.nextest.as_ref().is_some_and(|nextest| {
            let last = attempts.get(&(nextest.binary_id.clone(), nextest.test.clone()));
            last.is_some_and(|last| nextest.attempt.unwrap_or(1) < *last)
        });
        let process = Process { record, origin, was_retried };
        add(&process, &known, places, expectation, &mut budgets, &mut fold);
    }
    fold.incomplete.extend(attempts.into_iter().filter(|(_, last)| *last > 1).map(|((id, test), last)| {
        let name = [id, test].into_iter().flatten().collect::<Vec<_>>().join(" ");
        format!("`{name}` was tried {last} times")
    }));
    if records.nameless > 0 {
        let are = if records.nameless == 1 { "record doesn't" } else { "records don't" };
        fold.incomplete
            .insert(format!("{} {are} say whose: the process was stopped as it began", records.nameless));
    }
    fold.budgets = budgets.into_iter().map(|(key, folded)| budget(key, folded, places)).collect();
    fold.budgets.sort_by(|one, other| order(one).cmp(&order(other)));
    fold.targets = targets.into_values().collect();
    fold.others = others.into_values().collect();
    fold
}

pub(super) fn order(budget: &Budget) -> (&Option<String>, &str, u32, &str, u32, Kind) {
    let Budget { package, file, line, path, column, kind, .. } = budget;
    (package, file, *line, path, *column, *kind)
}

/// One process, and what is known of it.
struct Process<'a> {
    record: &'a Record,
    origin: Origin<'a>,
    was_retried: bool,
}

/// Adds the calls of one process to the budgets.
fn add(
    process: &Process<'_>,
    programs: &Programs<'_>,
    places: &Places,
    expectation: &dyn Expectation,
    budgets: &mut BTreeMap<Key, Folded>,
    fold: &mut Fold,
) {
    let Process { record, origin, was_retried } = process;
    let base = base(&record.header);
    let (program, id) = match origin {
        Origin::Program(program) => (Some(*program), Some(program.id())),
        Origin::Doctest(_) | Origin::Build(_) => (None, None),
        Origin::Other(name) => (None, Some(name.clone())),
    };
    let mut is_aborted = false;
    let mut numbers: Vec<_> = record.sites.keys().copied().collect();
    numbers.sort_unstable();
    for number in numbers {
        let site = &record.sites[&number];
        let file = places.name(&site.file, base);
        let package = places.package(&file);
        let is_own = program.is_some_and(|program| programs.is_own(program, package, &site.krate));
        let folded = budgets.entry(key(site, file)).or_default();
        folded.know(site, is_own.then(|| id.clone()).flatten());
        folded.is_lower_bound |= !record.is_whole();
        let named = |test: Option<&str>| (id.clone(), test.map(str::to_owned));

        let range = (number, None)..(number + 1, None);
        let calls: BTreeMap<Option<&str>, &At> =
            record.at.range(range).map(|((_, test), at)| (test.as_deref(), at)).collect();
        let overages = record.overages.iter().filter(|over| over.over == number);
        let mut over: BTreeMap<Option<&str>, Vec<_>> = BTreeMap::new();
        for overage in overages {
            over.entry(overage.test.as_deref()).or_default().push(overage);
        }
        for test in calls.keys().chain(over.keys()).copied().collect::<BTreeSet<_>>() {
            let overages = over.get(&test).map_or(&[][..], Vec::as_slice);
            let at = calls.get(&test).copied();
            let has_exceeded = !overages.is_empty() || at.is_some_and(|at| at.exceeded > 0);
            let said = Test { program, name: test, was_retried: *was_retried, has_ended: record.has_ended };
            let is_expected = has_exceeded && expectation.is_expected(&said, &site.on_overage);
            if is_expected {
                fold.expecting.insert(named(test));
            } else if has_exceeded {
                fold.exceeding.insert(named(test));
                is_aborted |= !record.has_ended && site.on_overage == "abort";
            }
            let name = |file: &str| places.name(file, base);
            folded.add(site, id.as_deref(), test, at, overages, is_expected, &name);
        }
        if let Some(stacks) = record.stacks.get(&number) {
            folded.add_stacks(stacks);
        }
    }
    fold.aborted += u64::from(is_aborted);
}

fn key(site: &Site, file: String) -> Key {
    let path = site.path.strip_prefix(site.krate.as_str()).and_then(|path| path.strip_prefix("::"));
    Key {
        file,
        line: site.line,
        column: site.column,
        path: path.unwrap_or(&site.path).to_owned(),
        kind: site.kind,
    }
}

fn budget(key: Key, folded: Folded, places: &Places) -> Budget {
    let package = places.package(&key.file).map(str::to_owned);
    let Key { file, line, column, path: _, kind } = key;
    folded.told(Budget { package, ..Budget::at(kind, file, line, column) })
}

/// The folder that relative paths are of, where they are not the workspace's.
fn base(header: &Header) -> &Path {
    Path::new(header.manifest_dir.as_deref().unwrap_or(&header.cwd))
}

fn target_of<'a>(
    targets: &'a mut BTreeMap<(String, String, String), Target>,
    program: &Program,
) -> &'a mut Target {
    let Program { package, kind, name, .. } = program;
    let key = (package.clone(), kind.clone(), name.clone());
    targets.entry(key).or_insert_with(|| target(package, kind, name))
}

fn doctest_of<'a>(
    targets: &'a mut BTreeMap<(String, String, String), Target>,
    package: &str,
) -> &'a mut Target {
    let key = (package.to_owned(), "doctest".to_owned(), package.to_owned());
    targets.entry(key).or_insert_with(|| target(package, "doctest", package))
}

fn target(package: &str, kind: &str, name: &str) -> Target {
    Target {
        package: package.to_owned(),
        kind: kind.to_owned(),
        name: name.to_owned(),
        counts: Counts::Unknown,
        processes: 0,
        unended: 0,
    }
}

impl Counts {
    /// What is to be said of a program of whose processes one was in this state. One that doesn't
    /// count is trouble, whatever the others do.
    pub(super) fn max_of(self, state: State) -> Self {
        let counts = match state {
            State::Counting => Self::Yes,
            State::Off => Self::Off,
            State::NotInstalled => Self::No,
        };
        self.and(counts)
    }

    pub(super) fn and(self, other: Self) -> Self {
        let trouble = |counts: Self| match counts {
            Self::Unknown => 0,
            Self::Yes => 1,
            Self::Off => 2,
            Self::No => 3,
        };
        if trouble(other) > trouble(self) { other } else { self }
    }
}

/// Why a process may have done more than its record says.
fn what_is_missing(record: &Record, name: &str) -> Vec<String> {
    let mut missing = Vec::new();
    if !record.has_ended {
        missing.push(format!("a process of {name} was stopped before its end: killed, aborted or `_exit`"));
    }
    if record.lost > 0 {
        missing.push(format!("a process of {name} could not write all of its record: is the disk full?"));
    }
    if record.garbled > 0 {
        missing.push(format!("a record of {name} has lines that can't be read"));
    }
    missing
}
