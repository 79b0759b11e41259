//! The report meets the sources: what they say of each budget, and which budgets no test has
//! reached.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::SystemTime;

use cargo_metadata::{Package, Target, TargetKind};

use crate::paths::with_slashes;
use crate::report::Report;
use crate::report::budget::{Budget, Source};
use crate::source::args::Args;
use crate::source::cfg::Known;
use crate::source::compiled::{Compiled, changed};
use crate::source::file::File;
use crate::source::follow::{Followed, follow};
use crate::source::walk::Item;
use crate::source::written::{Written, is_doctest};
use crate::workspace::Workspace;

/// Says of each budget what the source says, and adds those that no test has reached. `built` is
/// when the build began: a file that has changed since is perhaps not what was compiled.
pub fn attach(report: &mut Report, workspace: &Workspace, built: SystemTime) {
    let mut sources = Sources::of(workspace, report, built);
    let mut reached = BTreeSet::new();
    for budget in &mut report.budgets {
        let Some((source, place, head)) = sources.source(budget) else { continue };
        reached.insert(place);
        if !source.hash.is_empty() {
            // As it is where no test reaches it: another attribute may have moved it.
            (budget.line, budget.column) = head;
        }
        budget.source = Some(source);
    }
    report.budgets.extend(sources.unreached(&reached));
    let key = |budget: &Budget| {
        let Budget { package, file, line, path, column, .. } = budget;
        (package.clone(), file.clone(), *line, path.clone(), *column)
    };
    report.budgets.sort_by_cached_key(key);
}

/// Where a budget is: the file, and the byte in it.
type Place = (PathBuf, usize);

struct Sources {
    root: PathBuf,
    built: SystemTime,
    known: Known,
    compiled: Compiled,
    files: BTreeMap<PathBuf, Followed>,
    /// Of which target each of these is.
    owners: BTreeMap<PathBuf, Rc<Owner>>,
    /// Files that no `mod` leads to.
    others: BTreeMap<PathBuf, Option<File>>,
}

struct Owner {
    package: String,
    krate: String,
    is_test: bool,
    /// Whether the compiler has left a list of its files.
    is_listed: bool,
}

impl Sources {
    fn of(workspace: &Workspace, report: &Report, built: SystemTime) -> Self {
        let is_tested = |package: &&Package| {
            report.run.whole_workspace || report.run.packages.iter().any(|name| package.name.as_str() == name)
        };
        let members: Vec<&Package> = workspace.members().into_iter().filter(is_tested).collect();
        let targets =
            || members.iter().flat_map(|package| package.targets.iter().map(move |target| (package, target)));
        let crates: BTreeSet<String> = targets().map(|(_, target)| krate(target)).collect();
        let root = workspace.root().to_owned();
        let compiled = workspace
            .own_folder()
            .parent()
            .map(|target| Compiled::of(target, &root, &crates))
            .unwrap_or_default();
        let mut sources = Self {
            known: Known::of(&report.lane),
            compiled,
            files: BTreeMap::new(),
            owners: BTreeMap::new(),
            others: BTreeMap::new(),
            root,
            built,
        };
        let mut all: Vec<(&&Package, &Target)> =
            targets().filter(|(_, target)| !target.kind.contains(&TargetKind::CustomBuild)).collect();
        // A file is first of all that of a library.
        all.sort_by_key(|(_, target)| rank(target));
        for (package, target) in all {
            sources.follow(package, target);
        }
        sources
    }

    fn follow(&mut self, package: &Package, target: &Target) {
        let path = target.src_path.as_std_path();
        let owner = Rc::new(Owner {
            package: package.name.to_string(),
            krate: krate(target),
            is_test: rank(target) > 1,
            is_listed: self.compiled.has(path),
        });
        let owners = &mut self.owners;
        follow(path, &mut self.files, |file| {
            owners.insert(file.to_owned(), Rc::clone(&owner));
        });
    }

    /// What the source says of a budget that was reached; and where it is, and its line and column.
    fn source(&mut self, budget: &Budget) -> Option<(Source, Place, (u32, u32))> {
        if is_doctest(budget) {
            return None;
        }
        let path = self.root.join(&budget.file);
        if !self.files.contains_key(&path) {
            let read = || path.starts_with(&self.root).then(|| File::read(&path).ok()).flatten();
            self.others.entry(path.clone()).or_insert_with(read);
        }
        let followed = self.files.get(&path).map(|followed| &followed.file);
        let file = followed.or_else(|| self.others.get(&path)?.as_ref())?;
        let written = Written::of(budget, file).ok()?;
        let mut source = self.said(&path, file, &written);
        // It was called.
        source.not_compiled = None;
        let place = written.item.place;
        Some((source, (path, place.offset), (place.line, place.display)))
    }

    fn said(&self, path: &Path, file: &File, written: &Written<'_>) -> Source {
        let item = written.item;
        let (owner, followed) = (self.owners.get(path), self.files.get(path));
        let around = followed.map_or(&[][..], |followed| &followed.conditions);
        let conditions = [around, &item.conditions].concat();
        let is_of_test = owner.is_some_and(|owner| owner.is_test);
        let is_old = changed(path).is_some_and(|changed| changed <= self.built);
        let not_listed = || {
            let is_listed = owner.is_some_and(|owner| owner.is_listed);
            (is_listed && !self.compiled.has(path)).then(|| "its file was not compiled".to_owned())
        };
        Source {
            hash: if is_old { file.hash() } else { String::new() },
            limits: written.limits(),
            refusal: written
                .refusal()
                .or_else(|| (!is_old).then(|| "the file has changed since the build began".to_owned())),
            not_compiled: self
                .known
                .off(&conditions)
                .map(|condition| format!("`cfg({condition})` is off"))
                .or_else(not_listed),
            is_test_only: is_of_test || item.is_test || self.known.is_test_only(&conditions),
        }
    }

    /// The budgets of the tested packages that are not among these.
    fn unreached(&self, reached: &BTreeSet<Place>) -> Vec<Budget> {
        let mut unreached = Vec::new();
        for (path, followed) in &self.files {
            let (Some(owner), Ok(name)) = (self.owners.get(path), path.strip_prefix(&self.root)) else {
                continue;
            };
            let file = with_slashes(name);
            for item in followed.file.items.iter().filter(|item| may_be_reached(item)) {
                if reached.contains(&(path.clone(), item.place.offset)) {
                    continue;
                }
                let module = followed.module.iter().chain(&item.path).map(String::as_str);
                let path_of = std::iter::once(&*owner.krate).chain(module).collect::<Vec<_>>().join("::");
                let mut budget = budget(item, &owner.package, path_of, &file);
                if let Ok(written) = Written::of(&budget, &followed.file) {
                    budget.source = Some(self.said(path, &followed.file, &written));
                }
                unreached.push(budget);
            }
        }
        unreached
    }
}

/// Whether a call of it would be known. Only the compiler knows what a macro makes of a function
/// that it is given.
fn may_be_reached(item: &Item) -> bool {
    let args: Vec<_> = item.budgets.iter().filter_map(|attribute| attribute.args.as_ref().ok()).collect();
    let is_number = |args: &&&Args| args.limits.iter().all(|limit| limit.literal.is_some());
    let is_passed_on = item.macro_name.as_ref().is_none_or(|name| name.starts_with("cfg_"));
    !args.is_empty()
        && args.iter().all(|args| args.is_budget())
        && !item.is_const
        && is_passed_on
        // Without a body, and with nothing to evaluate, there is nothing.
        && !(item.is_empty && args.iter().all(|args| is_number(&args)))
}

fn budget(item: &Item, package: &str, path: String, file: &str) -> Budget {
    let args = || item.budgets.iter().filter_map(|attribute| attribute.args.as_ref().ok());
    Budget {
        package: Some(package.to_owned()),
        path,
        label: args().find_map(|args| args.label.clone()),
        measures: args().any(|args| args.measure.is_some()),
        all_threads: args().any(|args| args.all_threads),
        ..Budget::at(item.kind, file.to_owned(), item.place.line, item.place.display)
    }
}

fn krate(target: &Target) -> String {
    target.name.replace('-', "_")
}

/// Libraries, programs, then what only tests have.
fn rank(target: &Target) -> u8 {
    let is = |kind: TargetKind| target.kind.contains(&kind);
    if is(TargetKind::Bin) {
        1
    } else if is(TargetKind::Example) {
        2
    } else if is(TargetKind::Test) {
        3
    } else if is(TargetKind::Bench) {
        4
    } else {
        0
    }
}
