//! Reports of earlier runs: the last one, and baselines.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use crate::merge;
use crate::report::Report;
use crate::report::budget::Budget;
use crate::selection::Selection;
use crate::workspace::Workspace;

/// The workspace that this folder is in, without a network.
///
/// # Errors
/// There is none.
pub(crate) fn workspace(manifest_path: Option<&Path>) -> Result<Workspace> {
    Workspace::find(&Selection {
        manifest_path: manifest_path.map(Path::to_owned),
        offline: true,
        ..Selection::default()
    })
}

/// The report of the last run.
///
/// # Errors
/// There was none.
pub(crate) fn last(workspace: &Workspace) -> Result<Report> {
    Report::read(&workspace.last_report())
        .context("there is no report of an earlier run: `cargo alloc-budget test` makes one")
}

/// Reports of several lanes, to be looked at together.
///
/// # Errors
/// One can't be read, two are of one lane, or they are not of the same sources.
pub(crate) fn lanes(paths: &[PathBuf]) -> Result<Vec<Report>> {
    let mut reports: Vec<Report> = Vec::new();
    for path in paths {
        let report = Report::read(path)?;
        for (other, at) in reports.iter().zip(paths) {
            let (one, two) = (at.display(), path.display());
            if other.lane.differences(&report.lane).is_empty() {
                bail!(
                    "{one} and {two} are of the same lane: give one report of each, and `cargo alloc-budget \
                     merge` makes one of all shards"
                );
            }
            if let Some(unlike) = merge::unlike_sources(other, &report) {
                bail!("{one} and {two} don't belong together: {unlike}");
            }
        }
        reports.push(report);
    }
    Ok(reports)
}

/// The file of a named baseline.
pub(crate) fn named(workspace: &Workspace, name: &str) -> Result<PathBuf> {
    let is_plain = |char: char| char.is_ascii_alphanumeric() || ".-_".contains(char);
    if name.is_empty() || name.starts_with('.') || !name.chars().all(is_plain) {
        bail!("`{name}` can't be a baseline's name: use letters, digits, `.`, `-` and `_`");
    }
    Ok(workspace.own_folder().join("baselines").join(format!("{name}.json")))
}

/// A report to compare with: one of all shards, in which something was recorded.
///
/// # Errors
/// It is another one.
pub(crate) fn whole(report: &Report, whose: &str) -> Result<()> {
    if let Some(shard) = report.run.shard {
        bail!(
            "{whose} is shard {} of {}: `cargo alloc-budget merge` puts the shards together",
            shard.index,
            shard.count
        );
    }
    if !report.budgets.iter().any(Budget::is_reached) {
        bail!("nothing was recorded in {whose}: `cargo alloc-budget doctor` says why");
    }
    Ok(())
}

/// A baseline by its name or file. One that is missing fails, unless that is allowed.
///
/// # Errors
/// There is none, or it can't be read.
pub(crate) fn baseline(
    baseline: &str,
    may_be_missing: bool,
    workspace: Option<&Workspace>,
) -> Result<Option<Report>> {
    let by_name = workspace.and_then(|workspace| named(workspace, baseline).ok());
    let found = [Some(PathBuf::from(baseline)), by_name].into_iter().flatten().find(|path| path.is_file());
    if let Some(path) = found {
        let report = Report::read(&path)?;
        whole(&report, "the baseline")?;
        return Ok(Some(report));
    }
    if !may_be_missing {
        bail!(
            "there is no baseline `{baseline}`: `cargo alloc-budget baseline save {baseline}` makes one; \
             `--allow-missing-baseline` goes on without"
        );
    }
    anstream::eprintln!("there is no baseline `{baseline}`: nothing is compared");
    Ok(None)
}
