//! Files as compilers name them, told relative to the workspace: the report of one machine is that
//! of another.

use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;
use std::path::{Component, Path, PathBuf};

use crate::paths::{normal, with_slashes, written};
use crate::workspace::Workspace;

/// Where the files of a workspace are.
#[derive(Debug)]
pub struct Places {
    root: PathBuf,
    /// The root without symbolic links.
    canonical: PathBuf,
    /// The folders of the members, absolute, and their names.
    members: Vec<(PathBuf, String)>,
    sources: OnceCell<Vec<String>>,
    known: RefCell<HashMap<(String, PathBuf), String>>,
}

impl Places {
    pub fn of(workspace: &Workspace) -> Self {
        let members = workspace.members().into_iter().filter_map(|package| {
            Some((package.manifest_path.parent()?.as_std_path().to_owned(), package.name.to_string()))
        });
        Self::new(workspace.root(), members.collect())
    }

    pub(super) fn new(root: &Path, members: Vec<(PathBuf, String)>) -> Self {
        Self {
            root: root.to_owned(),
            canonical: canonical(root),
            members,
            sources: OnceCell::new(),
            known: RefCell::default(),
        }
    }

    /// The name of a file in the report. `base` is the folder that a process has worked in: what
    /// was not compiled in the workspace's root is relative to that.
    pub fn name(&self, file: &str, base: &Path) -> String {
        let key = (file.to_owned(), base.to_owned());
        if let Some(name) = self.known.borrow().get(&key) {
            return name.clone();
        }
        let name = self.find(&written(file), base);
        self.known.borrow_mut().insert(key, name.clone());
        name
    }

    /// The member whose file it is, by its name in the report.
    pub fn package(&self, name: &str) -> Option<&str> {
        let file = normal(&self.root.join(name));
        let members = self.members.iter().filter(|(folder, _)| file.starts_with(folder));
        members.max_by_key(|(folder, _)| folder.as_os_str().len()).map(|(_, name)| name.as_str())
    }

    fn find(&self, file: &str, base: &Path) -> String {
        if let Some(temporary) = behind(file, |part| part.starts_with("rustdoctest")) {
            return temporary;
        }
        if let Some(packaged) = in_package_store(file) {
            return packaged;
        }
        let path = Path::new(file);
        let candidates = [self.root.join(path), base.join(path)];
        let Some(found) = candidates.iter().find(|candidate| candidate.is_file()) else {
            return self.by_its_end(path).unwrap_or_else(|| file.to_owned());
        };
        with_slashes(&self.inside(&normal(found)).unwrap_or_else(|| normal(found)))
    }

    fn inside(&self, file: &Path) -> Option<PathBuf> {
        let inside = file.strip_prefix(&self.root).or_else(|_| file.strip_prefix(&self.canonical));
        match inside {
            Ok(inside) => Some(inside.to_owned()),
            // Through a symbolic link.
            Err(_) => canonical(file).strip_prefix(&self.canonical).map(Path::to_owned).ok(),
        }
    }

    /// Of a path that was remapped, or is of another machine: the one file that ends like it.
    fn by_its_end(&self, file: &Path) -> Option<String> {
        let parts: Vec<_> = file.components().filter(|part| matches!(part, Component::Normal(_))).collect();
        // A file's name alone says too little.
        (0..parts.len().saturating_sub(1)).find_map(|start| {
            let end: PathBuf = parts[start..].iter().collect();
            let mut found = self.sources().iter().filter(|source| Path::new(source).ends_with(&end));
            let only = found.next()?;
            Some(found.next().is_none().then(|| only.clone()))
        })?
    }

    fn sources(&self) -> &[String] {
        self.sources.get_or_init(|| {
            let files = ignore::WalkBuilder::new(&self.root).build().filter_map(Result::ok);
            let sources = files.filter(|file| file.path().extension().is_some_and(|it| it == "rs"));
            sources
                .filter_map(|file| Some(with_slashes(file.path().strip_prefix(&self.root).ok()?)))
                .collect()
        })
    }
}

/// The part of a path below cargo's store of packages: `regex-1.11.1/src/lib.rs`.
fn in_package_store(file: &str) -> Option<String> {
    let parts: Vec<_> = file.split('/').collect();
    let is_store = |pair: &[&str]| matches!(pair, ["registry", "src"] | ["git", "checkouts"]);
    let store = parts.windows(2).position(is_store)?;
    // After the two comes the registry's or the repository's folder.
    parts.get(store + 3..).filter(|inside| !inside.is_empty()).map(|inside| inside.join("/"))
}

/// What comes behind the first part of a path that is such a one.
fn behind(file: &str, is_such: impl Fn(&str) -> bool) -> Option<String> {
    let parts: Vec<_> = file.split('/').collect();
    let at = parts.iter().position(|part| is_such(part))?;
    parts.get(at + 1..).filter(|inside| !inside.is_empty()).map(|inside| inside.join("/"))
}

fn canonical(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::Places;

    /// A workspace with the packages `a` and `a-sub`, which is within `a`, and another folder
    /// beside it.
    fn workspace() -> (tempfile::TempDir, Places) {
        let folder = tempfile::tempdir().unwrap();
        for file in ["w/a/src/lib.rs", "w/a/sub/src/lib.rs", "w/a/src/only.rs", "beside/src/lib.rs"] {
            let path = folder.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        let root = folder.path().join("w");
        let members = vec![(root.join("a"), "a".to_owned()), (root.join("a/sub"), "a-sub".to_owned())];
        let places = Places::new(&root, members);
        (folder, places)
    }

    #[test]
    fn a_members_file_is_relative_to_the_workspace() {
        let (folder, places) = workspace();
        let root = folder.path().join("w");
        let package = root.join("a");
        for file in ["a/src/lib.rs", "./a/src/lib.rs", "a/sub/../src/lib.rs", "src/lib.rs", "a\\src\\lib.rs"]
        {
            assert_eq!(places.name(file, &package), "a/src/lib.rs", "{file}");
        }
        let absolute = root.join("a/src/lib.rs");
        assert_eq!(places.name(absolute.to_str().unwrap(), Path::new("/")), "a/src/lib.rs");
    }

    #[test]
    fn a_remapped_file_is_found_by_its_end() {
        let (_folder, places) = workspace();
        let name = |file| places.name(file, Path::new("/nowhere"));
        assert_eq!(name("/remapped/a/sub/src/lib.rs"), "a/sub/src/lib.rs");
        assert_eq!(name("/remapped/src/only.rs"), "a/src/only.rs");
        // Built on Windows, and tested elsewhere.
        assert_eq!(name(r"C:\build\a\sub\src\lib.rs"), "a/sub/src/lib.rs");
        assert_eq!(name(r"\\?\c:\build\other.rs"), "C:/build/other.rs");
        // Two files end with `src/lib.rs`; a name alone is no end.
        assert_eq!(name("/remapped/src/lib.rs"), "/remapped/src/lib.rs");
        assert_eq!(name("/remapped/only.rs"), "/remapped/only.rs");
    }

    #[test]
    fn the_longest_end_decides() {
        let (_folder, places) = workspace();
        assert_eq!(places.name("/build/w/a/src/lib.rs", Path::new("/nowhere")), "a/src/lib.rs");
    }

    #[test]
    fn a_file_outside_stays_absolute() {
        let (folder, places) = workspace();
        let outside = folder.path().join("beside/src/lib.rs");
        let name = places.name(outside.to_str().unwrap(), Path::new("/"));
        assert_eq!(Path::new(&name), outside);
        assert_eq!(places.package(&name), None);
    }

    #[test]
    fn nothing_says_where_cargo_or_rustdoc_keep_their_files() {
        let (_folder, places) = workspace();
        let name = |file| places.name(file, Path::new("/"));
        assert_eq!(
            name("/home/me/.cargo/registry/src/index-1/itoa-1.0.15/src/lib.rs"),
            "itoa-1.0.15/src/lib.rs"
        );
        assert_eq!(name("/tmp/rustdoctestA1b2/doctest_bundle_2024.rs"), "doctest_bundle_2024.rs");
        assert_eq!(
            name(r"C:\Users\me\.cargo\registry\src\index-1\itoa-1.0.15\src\lib.rs"),
            "itoa-1.0.15/src/lib.rs"
        );
        assert_eq!(name(r"C:\Temp\rustdoctestA1b2\doctest_bundle_2024.rs"), "doctest_bundle_2024.rs");
    }

    #[test]
    fn the_innermost_package_has_the_file() {
        let (_folder, places) = workspace();
        assert_eq!(places.package("a/src/lib.rs"), Some("a"));
        assert_eq!(places.package("a/sub/src/lib.rs"), Some("a-sub"));
        assert_eq!(places.package("build.rs"), None);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_to_the_workspace_is_the_workspace() {
        let (folder, places) = workspace();
        let link = folder.path().join("link");
        std::os::unix::fs::symlink(folder.path().join("w"), &link).unwrap();
        let file = link.join("a/src/lib.rs");
        assert_eq!(places.name(file.to_str().unwrap(), Path::new("/")), "a/src/lib.rs");
        let places = Places::new(&link, vec![(link.join("a"), "a".to_owned())]);
        let file = folder.path().join("w/a/src/lib.rs").canonicalize().unwrap();
        assert_eq!(places.name(file.to_str().unwrap(), Path::new("/")), "a/src/lib.rs");
    }
}
