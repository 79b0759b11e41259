//! Which files cargo's last builds have compiled, as the compiler has listed them.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// The files that were compiled.
#[derive(Debug, Default)]
pub(super) struct Compiled {
    files: BTreeSet<PathBuf>,
}

impl Compiled {
    /// Of the crates with these names, in any profile. A list that is older than one of its files is
    /// of an earlier build.
    pub(super) fn of(target: &Path, root: &Path, crates: &BTreeSet<String>) -> Self {
        let mut compiled = Self::default();
        // `debug/deps`, and with `--target` a folder deeper.
        let profiles = folders(target);
        let of_targets = profiles.iter().flat_map(|folder| folders(folder));
        for deps in profiles.iter().cloned().chain(of_targets).map(|folder| folder.join("deps")) {
            for list in entries(&deps) {
                let is_ours = list.extension().is_some_and(|extension| extension == "d")
                    && list.file_stem().and_then(|stem| stem.to_str()).is_some_and(|stem| {
                        crates.contains(stem.rsplit_once('-').map_or(stem, |(name, _)| name))
                    });
                if is_ours {
                    compiled.files.extend(listed(&list, root).into_iter().flatten());
                }
            }
        }
        compiled
    }

    /// `None` where there is no list for this root of a target.
    pub(super) fn has(&self, file: &Path) -> bool {
        self.files.contains(file)
    }
}

/// The files of a list that is newer than all of them.
fn listed(list: &Path, root: &Path) -> Option<Vec<PathBuf>> {
    let written = changed(list)?;
    let text = fs::read_to_string(list).ok()?;
    let files: Vec<PathBuf> = text
        .lines()
        .filter_map(|line| line.strip_suffix(':'))
        .map(|file| root.join(file.replace("\\ ", " ")))
        .collect();
    files.iter().all(|file| changed(file).is_some_and(|changed| changed <= written)).then_some(files)
}

pub(super) fn changed(path: &Path) -> Option<SystemTime> {
    fs::metadata(path).ok()?.modified().ok()
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect()
}

fn folders(folder: &Path) -> Vec<PathBuf> {
    entries(folder).into_iter().filter(|path| path.is_dir()).collect()
}
