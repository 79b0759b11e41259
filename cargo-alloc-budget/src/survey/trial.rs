//! The user's own tree with budgets: built and tested once more. What fails is taken back.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use similar::TextDiff;

use crate::edit::change::{Change, changed};
use crate::edit::write::replace;
use crate::report::Report;
use crate::report::budget::{Budget, Kind, Limit};
use crate::run::{self, Mode};
use crate::selection::{Running, Selection};
use crate::survey::additions::{Addition, Additions, Edited, Refused};
use crate::survey::build::{Refusal, attempt};
use crate::survey::dependency::Dependency;
use crate::survey::found::{Survey, last};
use crate::survey::progress::Progress;
use crate::survey::stop;
use crate::workspace::Workspace;

/// The tree with budgets. Unless it is kept, all is again as it was.
#[derive(Debug)]
pub struct Trial {
    root: PathBuf,
    edited: Vec<Edited>,
    dependencies: Vec<Dependency>,
    /// Every file, as it was and as it is now.
    files: BTreeMap<PathBuf, Versions>,
    /// The lock file, which cargo changes. `None` where there was none.
    lock: Option<Vec<u8>>,
    refused: Vec<Refused>,
    is_kept: bool,
}

#[derive(Debug)]
struct Versions {
    before: String,
    now: String,
}

impl Trial {
    /// Writes the budgets, and the dependencies that they need.
    ///
    /// # Errors
    /// A file can't be written, or has changed since it was surveyed.
    pub fn begin(workspace: &Workspace, additions: Additions, dependencies: Vec<Dependency>) -> Result<Self> {
        let root = workspace.root().to_owned();
        let Additions { files: edited, refused } = additions;
        let before = |path: &Path, text: &str| {
            (path.to_owned(), Versions { before: text.to_owned(), now: text.to_owned() })
        };
        let manifests = dependencies.iter().map(|dependency| before(&dependency.path, &dependency.before));
        let sources = edited.iter().map(|file| before(&file.path, &file.text));
        let files = manifests.chain(sources).collect();
        let lock = fs::read(root.join("Cargo.lock")).ok();
        let mut trial = Self { root, edited, dependencies, files, lock, refused, is_kept: false };
        trial.write()?;
        Ok(trial)
    }

    /// Builds and tests the tree until nothing fails that did not fail before.
    ///
    /// # Errors
    /// It can't be built for another reason than the budgets, or the tests can't be run.
    pub fn test(
        &mut self,
        selection: &Selection,
        running: &Running,
        survey: &Survey,
        progress: &mut Progress,
    ) -> Result<()> {
        let selection = selection.unlocked();
        while let Some(refusal) = attempt(&self.root, &selection, progress)? {
            unless_stopped()?;
            if !self.take_back_refused(&refusal) {
                bail!(
                    "the tests can't be built any more, and that is not because of a function with a budget:\n{}",
                    refusal.said
                );
            }
            self.write()?;
        }
        let report = run::run(&selection, running, Mode::Count)?;
        unless_stopped()?;
        self.take_back_exceeded(&report);
        self.take_back_failed(&report, survey);
        self.write()
    }

    /// The budgets that stay.
    pub fn count(&self) -> usize {
        self.edited.iter().map(|file| file.additions.len()).sum()
    }

    /// What all that was done comes to, as a unified diff.
    pub fn diff(&self) -> String {
        let mut all = String::new();
        for (path, Versions { before, now }) in &self.files {
            let name = crate::paths::with_slashes(path.strip_prefix(&self.root).unwrap_or(path));
            let diff = TextDiff::from_lines(&**before, &**now);
            let names = [format!("a/{name}"), format!("b/{name}")];
            all.push_str(&diff.unified_diff().context_radius(1).header(&names[0], &names[1]).to_string());
        }
        all
    }

    /// Lets the tree be as it is, and says which budgets it has not got.
    pub fn keep(mut self) -> Vec<Refused> {
        self.is_kept = self.count() > 0;
        self.refused.sort();
        std::mem::take(&mut self.refused)
    }

    /// Takes the budgets away that these lines are in. Says whether there were any.
    fn take_back_refused(&mut self, refusal: &Refusal) -> bool {
        self.take_back(|edited, addition| {
            let innermost = |line: &u32| {
                let around = edited.additions.iter().filter(|it| edited.lines(it).contains(line));
                around.max_by_key(|addition| addition.line)
            };
            let mut lines = refusal.lines.get(&edited.path)?.iter().filter_map(innermost);
            lines.any(|it| it == addition).then(|| "it does not compile with a budget".to_owned())
        })
    }

    fn take_back_exceeded(&mut self, report: &Report) {
        let mut budgets: BTreeMap<(&str, u32), Vec<&Budget>> = BTreeMap::new();
        for budget in report.budgets.iter().filter(|budget| budget.kind == Kind::Function) {
            budgets.entry((&budget.file, budget.line)).or_default().push(budget);
        }
        self.take_back(|edited, addition| {
            let line = edited.lines(addition).start() + 1;
            let here = budgets.get(&(edited.file.as_str(), line))?;
            here.iter()
                .filter(|budget| last(&budget.path) == addition.name)
                .find_map(|budget| wrong(budget, addition.limit))
        });
    }

    /// Nothing says which budget makes a test fail that none of them stops: all go.
    fn take_back_failed(&mut self, report: &Report, survey: &Survey) {
        let failed = |failures: &[String]| -> BTreeSet<String> {
            failures.iter().filter(|name| !name.contains(" - ")).cloned().collect()
        };
        let (now, before) = (failed(&report.run.failures), failed(&survey.run.failures));
        // A process that was aborted has named no test.
        let has_crashed = report.run.failures.is_empty() && report.run.exit != Some(0);
        let why = if let Some(test) = now.difference(&before).next() {
            format!("with the budgets the test `{test}` fails, which passed before")
        } else if has_crashed && survey.run.exit == Some(0) {
            "with the budgets a test program does not come to its end, which did before".to_owned()
        } else {
            return;
        };
        self.take_back(|_, _| Some(why.clone()));
    }

    /// Takes the budgets away of which `why` says why. Says whether there were any.
    fn take_back(&mut self, why: impl Fn(&Edited, &Addition) -> Option<String>) -> bool {
        let before = self.refused.len();
        for edited in &mut self.edited {
            let mut left = Vec::new();
            for addition in &edited.additions {
                match why(edited, addition) {
                    Some(why) => self.refused.push(addition.refused(&edited.file, why)),
                    None => left.push(addition.clone()),
                }
            }
            edited.additions = left;
        }
        self.refused.len() > before
    }

    /// Writes what is to be there now. Who reads a file meanwhile sees it whole.
    fn write(&mut self) -> Result<()> {
        let mut wanted: BTreeMap<PathBuf, String> = BTreeMap::new();
        for Dependency { package, path, before, after } in &self.dependencies {
            let has_budgets =
                self.edited.iter().any(|file| file.package == *package && !file.additions.is_empty());
            wanted.insert(path.clone(), if has_budgets { after } else { before }.clone());
        }
        for file in &self.edited {
            let changes: Vec<Change> = file.additions.iter().map(|it| it.change.clone()).collect();
            wanted.insert(file.path.clone(), changed(&file.text, &changes)?);
        }
        // The manifests come first: a source with a budget needs its own.
        let mut paths: Vec<PathBuf> = self.dependencies.iter().map(|it| it.path.clone()).collect();
        paths.extend(self.edited.iter().map(|file| file.path.clone()));
        for path in paths {
            if let (Some(text), Some(versions)) = (wanted.remove(&path), self.files.get_mut(&path)) {
                versions.put(&path, text)?;
            }
        }
        Ok(())
    }

    /// All as it was, but what others have changed meanwhile.
    fn restore(&mut self) {
        for (path, versions) in self.files.iter_mut().rev() {
            let before = versions.before.clone();
            if let Err(error) = versions.put(path, before) {
                anstream::eprintln!("{error:#}");
            }
        }
        let lock = self.root.join("Cargo.lock");
        let now = fs::read(&lock).ok();
        let restored = match &self.lock {
            Some(before) if now.as_ref() != Some(before) => replace(&lock, before),
            None if now.is_some() => fs::remove_file(&lock).map_err(Into::into),
            _ => Ok(()),
        };
        if let Err(error) = restored {
            anstream::eprintln!("{} is not as it was: {error:#}", lock.display());
        }
    }
}

impl Drop for Trial {
    fn drop(&mut self) {
        if !self.is_kept {
            self.restore();
        }
    }
}

impl Versions {
    fn put(&mut self, path: &Path, text: String) -> Result<()> {
        if self.now == text {
            return Ok(());
        }
        let now = fs::read(path).with_context(|| format!("can't read {}", path.display()))?;
        if now != self.now.as_bytes() {
            bail!("{} has changed in the meantime: it is left alone", path.display());
        }
        replace(path, text.as_bytes()).with_context(|| format!("can't write {}", path.display()))?;
        self.now = text;
        Ok(())
    }
}

fn unless_stopped() -> Result<()> {
    if stop::is_stopped() {
        bail!("it was stopped: no budget is written");
    }
    Ok(())
}

/// Why a budget can't stay.
fn wrong(budget: &Budget, limit: u64) -> Option<String> {
    let quantity = budget.quantities.get(&Limit::Max);
    if let Some(worst) =
        quantity.and_then(|it| it.worst).filter(|worst| *worst > i64::try_from(limit).unwrap_or(i64::MAX))
    {
        let test = quantity.and_then(|it| it.test.as_ref()).map(|test| format!(" in `{test}`"));
        return Some(format!("{worst} of `max = {limit}`{}", test.unwrap_or_default()));
    }
    (budget.calls.judged == 0 && budget.calls.unchecked > 0)
        .then(|| "nothing counts where it is called: `cargo alloc-budget doctor` says why".to_owned())
}
