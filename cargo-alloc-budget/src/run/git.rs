//! The revision that is tested.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

/// The files below `root` that differ from the last commit, as git lists them. `None` where it
/// knows nothing of them.
pub(crate) fn changed_files(root: &Path) -> Option<Vec<String>> {
    let status = git(root, &["status", "--porcelain", "--", "."]).ok()?;
    Some(status.lines().map(str::to_owned).collect())
}

/// The commit, and whether the files differ from it. `None` where git knows nothing of the
/// workspace.
pub(crate) fn revision(root: &Path) -> (Option<String>, bool) {
    let Ok(commit) = git(root, &["rev-parse", "HEAD"]) else { return (None, false) };
    (Some(commit), changed_files(root).is_some_and(|changed| !changed.is_empty()))
}

/// What git says.
///
/// # Errors
/// What it complains of.
pub(crate) fn git(root: &Path, args: &[&str]) -> Result<String> {
    // Taking no lock, it is in nobody's way.
    let mut git = Command::new("git");
    git.arg("--no-optional-locks").args(args).current_dir(root).stdin(Stdio::null());
    let output = git.output().context("can't start git")?;
    if !output.status.success() {
        bail!("{}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
