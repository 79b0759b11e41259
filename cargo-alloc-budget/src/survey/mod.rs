//! Which functions of a code base should have a budget, and of how much.
//!
//! The user's tree is only read. A copy of it gets the attribute in front of every function, its
//! tests are run, and what they recorded says of each function what kind of budget it could have.

pub mod additions;
pub mod build;
pub mod copy;
mod counting;
pub mod dependency;
pub mod flames;
pub mod found;
pub mod insert;
pub mod loops;
pub mod manifests;
pub mod progress;
pub mod since;
pub mod stop;
pub mod table;
pub mod tree;
pub mod trial;
pub mod wanted;

use std::collections::BTreeSet;
use std::time::SystemTime;

use anyhow::Result;

use crate::run::{self, Mode};
use crate::selection::{Running, Selection};
use crate::source;
use crate::survey::found::Survey;
use crate::survey::manifests::Runtime;
use crate::survey::progress::Progress;
use crate::survey::since::Since;
use crate::survey::tree::Tree;
use crate::text::count;
use crate::workspace::Workspace;

/// Surveys the selected packages; `None` where no function was touched `since`. `progress`
/// is told what is done.
///
/// # Errors
/// The workspace can't be read or copied, its tests can't be built, or not be run.
pub fn survey(
    selection: &Selection,
    running: &Running,
    runtime: Option<&Runtime>,
    since: Option<&str>,
    progress: &mut Progress,
) -> Result<Option<(Survey, Tree)>> {
    let workspace = Workspace::find(selection)?;
    let folder = workspace.own_folder().join("survey");
    progress.step("copying the workspace");
    let runtime = runtime.cloned().unwrap_or_else(|| Runtime::of(&workspace));
    let since = since.map(|revision| Since::of(workspace.root(), revision)).transpose()?;
    let mut tree = Tree::grow(&workspace, &runtime, since.as_ref(), &folder.join("tree"))?;
    if since.is_some() && tree.functions().next().is_none() {
        return Ok(None);
    }
    let mut inside = Selection {
        manifest_path: Some(tree.root().join("Cargo.toml")),
        target_dir: Some(folder.join("target")),
        // The documentation's examples have no allocator that counts.
        tests: selection.tests || !selection.names_targets(),
        ..selection.unlocked()
    };
    // In a build folder that both share, cargo would take the copy for the user's own packages.
    if let Some(shared) = workspace.build_folder() {
        inside.config.push(format!("build.build-dir='{}'", shared.join("alloc-budget-survey").display()));
    }
    let (functions, tests) = tree.counts();
    progress.step(&format!("building its tests, with {}", count(functions, "function")));
    let built = SystemTime::now();
    build::build(&mut tree, &inside, progress)?;
    progress.step(&format!("running its tests: {} and what macros make", count(tests, "test")));
    let first = Running { sites: false, ..running.clone() };
    let mut report = run::run(&inside, &first, Mode::Count)?;
    source::attach(&mut report, &Workspace::find(&inside)?, built);
    if stop::is_stopped() {
        report.run.incomplete.push("it was stopped before all tests had run".to_owned());
    }
    let mut found = Survey::of(&report, &tree);
    if running.sites && !stop::is_stopped() {
        progress.step("running its tests again, with the call sites of the functions that allocate most");
        let most = found.by_themselves();
        let most: BTreeSet<(&str, u32)> =
            most.iter().take(loops::TRACED).map(|function| (&*function.file, function.line)).collect();
        tree.keep(|path, function| most.contains(&(path, function.line)))?;
        build::build(&mut tree, &inside, progress)?;
        found.loops = loops::of(&run::run(&inside, running, Mode::Count)?);
    }
    Ok(Some((found, tree)))
}
