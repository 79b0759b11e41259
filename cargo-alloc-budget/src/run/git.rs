//! The revision that is tested.

use std::path::Path;
use std::process::{Command, Stdio};

/// The files below `root` that differ from the last commit, as git lists them. `None` where it
/// knows nothing of them.
pub(crate) fn changed_files(root: &Path) -> Option<Vec<String>> {
    let status = git(root, &["status", "--porcelain", "--", "."])?;
    Some(status.lines().map(str::to_owned).collect())
}

/// The commit, and whether the files differ from it. `None` where git knows nothing of the
/// workspace.
pub(crate) fn revision(root: &Path) -> (Option<String>, bool) {
    let Some(commit) = git(root, &["rev-parse", "HEAD"]) else { return (None, false) };
    let status = git(root, &["status", "--porcelain", "--", "."]);
    (Some(commit), status.is_some_and(|status| !status.is_empty()))
}

fn git(root: &Path, args: &[&str]) -> Option<String> {
    // Taking no lock, it is in nobody's way.
    let mut git = Command::new("git");
    git.arg("--no-optional-locks").args(args).current_dir(root).stdin(Stdio::null());
    let output = git.output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
