//! The copy of the tree that is surveyed: the user's own is only read.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use ignore::WalkBuilder;

/// What is in a folder that can be made anew, as the Cache Directory Tagging Specification has it.
const CACHE_TAG: &str = "CACHEDIR.TAG";

/// A copy of a tree. What is the same as at the last survey is left as it is, so that cargo builds
/// only what has changed.
#[derive(Debug)]
pub struct Copy {
    from: PathBuf,
    to: PathBuf,
    files: BTreeSet<PathBuf>,
}

impl Copy {
    /// Copies the files of `from` that git does not ignore, and what `Cargo.lock` pins even where
    /// it does.
    ///
    /// # Errors
    /// A file can't be read or written.
    pub fn make(from: &Path, to: &Path) -> Result<Self> {
        let mut copy = Self { from: from.to_owned(), to: to.to_owned(), files: BTreeSet::new() };
        for file in files(from)? {
            copy.take(&file)?;
        }
        copy.remove_others()?;
        Ok(copy)
    }

    /// The files, relative to the root.
    pub fn files(&self) -> impl Iterator<Item = &Path> {
        self.files.iter().map(PathBuf::as_path)
    }

    /// Where a path of the user's tree is in the copy; `None` outside.
    pub fn place_of(&self, path: &Path) -> Option<PathBuf> {
        path.strip_prefix(&self.from).ok().map(|inside| self.to.join(inside))
    }

    /// Where a path of the copy is in the user's tree.
    pub fn origin_of(&self, path: &Path) -> Option<PathBuf> {
        path.strip_prefix(&self.to).ok().map(|inside| self.from.join(inside))
    }

    fn take(&mut self, file: &Path) -> Result<()> {
        let (from, to) = (self.from.join(file), self.to.join(file));
        let what = || format!("{} can't be copied", from.display());
        fs::create_dir_all(to.parent().unwrap_or(&self.to)).with_context(what)?;
        if from.is_symlink() {
            link(&from, &to).with_context(what)?;
        } else if is_kept(file) {
            // Its contents come later, with what the survey changes.
        } else if !is_same(&from, &to) {
            remove(&to).with_context(what)?;
            // Shares the blocks where the file system can.
            fs::copy(&from, &to).with_context(what)?;
        }
        self.files.insert(file.to_owned());
        Ok(())
    }

    /// Takes away what is no longer in the tree.
    fn remove_others(&self) -> Result<()> {
        for file in files_of(WalkBuilder::new(&self.to).standard_filters(false), &self.to)? {
            if !self.files.contains(&file) {
                remove(&self.to.join(&file))
                    .with_context(|| format!("{} can't be removed", file.display()))?;
            }
        }
        Ok(())
    }
}

/// Writes a file of the copy where that changes it.
///
/// # Errors
/// The file can't be written.
pub fn write(path: &Path, text: &[u8]) -> Result<()> {
    if fs::read(path).is_ok_and(|old| old == text) {
        return Ok(());
    }
    fs::write(path, text).with_context(|| format!("{} can't be written", path.display()))
}

/// Whether a survey writes the file with changes of its own.
fn is_kept(file: &Path) -> bool {
    file.extension().is_some_and(|extension| extension == "rs")
        || file.file_name().is_some_and(|name| name == "Cargo.toml")
}

fn files(root: &Path) -> Result<BTreeSet<PathBuf>> {
    let mut walk = WalkBuilder::new(root);
    // As git sees it, also where the tree is a package from a registry, without a `.git`.
    walk.hidden(false).require_git(false).filter_entry(|entry| {
        let is_folder = entry.file_type().is_some_and(|kind| kind.is_dir());
        !(is_folder && (entry.file_name() == ".git" || entry.path().join(CACHE_TAG).exists()))
    });
    let mut files = files_of(&walk, root)?;
    if root.join("Cargo.lock").exists() {
        files.insert("Cargo.lock".into());
    }
    Ok(files)
}

fn files_of(walk: &WalkBuilder, root: &Path) -> Result<BTreeSet<PathBuf>> {
    let mut files = BTreeSet::new();
    if !root.exists() {
        return Ok(files);
    }
    for entry in walk.build() {
        let entry = entry.with_context(|| format!("{} can't be read", root.display()))?;
        if entry.file_type().is_some_and(|kind| !kind.is_dir()) {
            files.insert(entry.path().strip_prefix(root)?.to_owned());
        }
    }
    Ok(files)
}

/// Whether a copy can stay: cargo looks at the time, and so may a test.
fn is_same(from: &Path, to: &Path) -> bool {
    let (Ok(a), Ok(b)) = (fs::metadata(from), fs::symlink_metadata(to)) else { return false };
    a.len() == b.len() && a.permissions() == b.permissions() && fs::read(from).ok() == fs::read(to).ok()
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        result => result,
    }
}

/// A link to the same place. Where links can't be made, the file that it leads to.
fn link(from: &Path, to: &Path) -> io::Result<()> {
    remove(to)?;
    #[cfg(unix)]
    return std::os::unix::fs::symlink(fs::read_link(from)?, to);
    #[cfg(not(unix))]
    return fs::copy(from, to).map(|_| ());
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::path::Path;
    use std::{fs, io};

    use super::Copy;

    fn tree(root: &Path, files: &[(&str, &str)]) -> io::Result<()> {
        for (name, text) in files {
            let path = root.join(name);
            fs::create_dir_all(path.parent().unwrap_or(root))?;
            fs::write(path, text)?;
        }
        Ok(())
    }

    #[test]
    fn has_what_git_has() -> anyhow::Result<()> {
        let folder = tempfile::tempdir()?;
        let (from, to) = (folder.path().join("from"), folder.path().join("to"));
        tree(
            &from,
            &[
                (".gitignore", "Cargo.lock\n/out\n*.tmp\n"),
                (".git/config", "x"),
                (".cargo/config.toml", "[build]"),
                ("Cargo.lock", "pinned"),
                ("out/x.txt", "x"),
                ("data/a.txt", "a"),
                ("data/b.tmp", "b"),
                ("build/CACHEDIR.TAG", "Signature: 8a477f597d28d172789f06886806bc55"),
                ("build/y.txt", "y"),
            ],
        )?;
        let copy = Copy::make(&from, &to)?;
        let files: Vec<_> = copy.files().map(|file| file.to_string_lossy().replace('\\', "/")).collect();
        assert_eq!(files, [".cargo/config.toml", ".gitignore", "Cargo.lock", "data/a.txt"]);
        assert_eq!(fs::read_to_string(to.join("data/a.txt"))?, "a");
        Ok(())
    }

    #[test]
    fn follows_the_tree_and_leaves_what_is_the_same() -> anyhow::Result<()> {
        let folder = tempfile::tempdir()?;
        let (from, to) = (folder.path().join("from"), folder.path().join("to"));
        tree(&from, &[("same.txt", "same"), ("changed.txt", "old"), ("gone.txt", "gone")])?;
        Copy::make(&from, &to)?;
        let time = |name: &str| fs::metadata(to.join(name)).and_then(|file| file.modified());
        let before = time("same.txt")?;
        tree(&from, &[("changed.txt", "new")])?;
        fs::remove_file(from.join("gone.txt"))?;
        Copy::make(&from, &to)?;
        let now: BTreeMap<_, _> = fs::read_dir(&to)?
            .filter_map(|entry| {
                Some((entry.as_ref().ok()?.file_name(), fs::read_to_string(entry.ok()?.path()).ok()?))
            })
            .collect();
        assert_eq!(
            now,
            BTreeMap::from([("same.txt".into(), "same".into()), ("changed.txt".into(), "new".into())])
        );
        assert_eq!(time("same.txt")?, before);
        Ok(())
    }

    #[cfg(unix)]
    #[test]
    fn keeps_links_and_modes() -> anyhow::Result<()> {
        use std::os::unix::fs::{PermissionsExt, symlink};

        let folder = tempfile::tempdir()?;
        let (from, to) = (folder.path().join("from"), folder.path().join("to"));
        tree(&from, &[("run.sh", "#!/bin/sh")])?;
        fs::set_permissions(from.join("run.sh"), fs::Permissions::from_mode(0o755))?;
        symlink("run.sh", from.join("link"))?;
        Copy::make(&from, &to)?;
        Copy::make(&from, &to)?;
        assert_eq!(fs::metadata(to.join("run.sh"))?.permissions().mode() & 0o777, 0o755);
        assert_eq!(fs::read_link(to.join("link"))?, Path::new("run.sh"));
        Ok(())
    }
}
