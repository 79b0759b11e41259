//! The lines by which the user's own packages depend on the runtime.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use cargo_metadata::Package;
use similar::{ChangeTag, TextDiff};

use crate::selection::Selection;
use crate::survey::counting::is_library;
use crate::survey::manifests::{Manifest, Runtime, Wanted};
use crate::survey::tree::why_not;
use crate::workspace::Workspace;

/// The `Cargo.toml` of a package that has no budgets yet.
#[derive(Debug, Clone)]
pub struct Dependency {
    pub package: String,
    pub path: PathBuf,
    pub before: String,
    pub after: String,
}

/// Of the packages that are selected, those that don't depend on the runtime.
///
/// # Errors
/// A manifest can't be read.
pub fn missing(
    workspace: &Workspace,
    selection: &Selection,
    runtime: Option<&Runtime>,
) -> Result<Vec<Dependency>> {
    let runtime = runtime.cloned().unwrap_or_else(|| Runtime::of(workspace));
    let root = read(&workspace.root().join("Cargo.toml"))?;
    let inherits = Manifest::parse(&root)?.shares_runtime();
    let mut missing = Vec::new();
    for package in workspace.selected(selection) {
        if why_not(package).is_some() {
            continue;
        }
        let path = package.manifest_path.as_std_path().to_owned();
        let before = read(&path)?;
        let mut manifest = Manifest::parse(&before)?;
        if manifest.add_budgets(&runtime, Wanted { inherits, is_no_std: is_no_std(package) })? {
            let package = package.name.to_string();
            missing.push(Dependency { package, path, before, after: manifest.to_string() });
        }
    }
    Ok(missing)
}

fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("can't read {}", path.display()))
}

/// Whether the package's library does without std, perhaps under a condition.
fn is_no_std(package: &Package) -> bool {
    let libraries = package.targets.iter().filter(|target| is_library(target));
    libraries.filter_map(|target| fs::read_to_string(&target.src_path).ok()).any(|text| {
        let is_it = |line: &str| line.trim_start().starts_with("#![") && line.contains("no_std");
        text.lines().any(is_it)
    })
}

/// What is to be written.
impl fmt::Display for Dependency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.path.display())?;
        let diff = TextDiff::from_lines(&*self.before, &*self.after);
        for change in diff.iter_all_changes().filter(|change| change.tag() == ChangeTag::Insert) {
            let line = change.value().trim_end();
            if !line.is_empty() {
                write!(f, "\n    {line}")?;
            }
        }
        Ok(())
    }
}
