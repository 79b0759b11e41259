//! Files: whose they are, and how they are shown.

use std::path::{Component, Path, PathBuf};

/// Whether a file is one of this crate's, or of the crate that walks the stack.
pub(super) fn is_own_source(file: &Path) -> bool {
    let own = Path::new(file!()).ancestors().nth(2);
    let is_own = own.is_some_and(|own| file.ancestors().any(|directory| directory.ends_with(own)));
    is_own || in_package_store(file).is_some_and(|inside| inside.to_string_lossy().starts_with("backtrace-"))
}

/// Whether a file is none of a dependency's.
pub(crate) fn is_users(file: impl AsRef<Path>) -> bool {
    let file = file.as_ref();
    !is_own_source(file) && !is_standard(file) && in_package_store(file).is_none()
}

/// The standard library, and what it is built with.
pub(super) fn is_standard(file: &Path) -> bool {
    let file = slashed(file);
    let is_prebuilt = ["/rustc/", "/rust/deps/"].iter().any(|start| file.starts_with(start));
    // What it is built with, since 1.100. In a store of the user's, this folder is `src`.
    let folder = file.strip_prefix("/cargo/registry/").and_then(|inside| inside.split('/').next());
    is_prebuilt || folder.is_some_and(is_hash) || file.contains("/rustlib/src/rust/")
}

fn is_hash(text: &str) -> bool {
    text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The part of a path below cargo's store of packages: `regex-1.11.1/src/lib.rs`.
pub(super) fn in_package_store(file: &Path) -> Option<PathBuf> {
    // Separators of either kind: what was built elsewhere may run here.
    let file = slashed(file);
    let parts: Vec<_> = file.split('/').collect();
    let store =
        parts.windows(2).position(|pair| matches!(pair, ["registry", "src"] | ["git", "checkouts"]))?;
    // After the two comes the registry's or the repository's folder.
    parts.get(store + 3..).map(|inside| inside.iter().collect())
}

/// The package that a build script has made a file for, and the file's path in `OUT_DIR`.
pub(super) fn generated(file: &Path) -> Option<(String, String)> {
    let file = slashed(file);
    let parts: Vec<_> = file.split('/').collect();
    let (out, package) = (0..parts.len()).rev().find_map(|out| match parts[..=out] {
        [.., "build", package, hash, "out"] if is_hash(hash) => Some((out, package)),
        [.., "build", unit, "out"] => {
            let (package, hash) = unit.rsplit_once('-')?;
            is_hash(hash).then_some((out, package))
        }
        _ => None,
    })?;
    Some((package.replace('-', "_"), parts[out + 1..].join("/")))
}

pub(super) fn slashed(file: &Path) -> String {
    file.to_string_lossy().replace('\\', "/")
}

/// How paths are shown: saying nothing of the machine, as far as that can be had.
pub(super) struct Places {
    /// A file of the user's as the compiler was told it: relative to the workspace, if it is in it.
    known: PathBuf,
    root: Option<PathBuf>,
    directory: Option<PathBuf>,
}

impl Places {
    pub(super) fn new(known: &str) -> Self {
        // In isolation, Miri ends where the directory is asked for.
        let directory = if cfg!(miri) { None } else { std::env::current_dir().ok() };
        // In the root, as programs of WASI are, every file would lose its first slash.
        let directory = directory.filter(|directory| directory.parent().is_some());
        Self { known: known.into(), root: None, directory }
    }

    /// Takes the workspace from where a file of the user's is, if it is the known one.
    pub(super) fn learn(&mut self, file: &Path) {
        if !self.are_known() && file.has_root() && file.ends_with(&self.known) {
            self.root = file.ancestors().nth(self.known.components().count()).map(Path::to_owned);
        }
    }

    /// Whether there is nothing more to learn.
    pub(super) fn are_known(&self) -> bool {
        self.root.is_some() || self.known.has_root()
    }

    pub(super) fn shown(&self, file: &Path) -> String {
        if let Some(packaged) = in_package_store(file) {
            return packaged.display().to_string();
        }
        if let Some((_, inside)) = generated(file) {
            return format!("$OUT_DIR/{inside}");
        }
        let within = |directory: &Option<PathBuf>| file.strip_prefix(directory.as_deref()?).ok();
        let file = within(&self.root).or_else(|| within(&self.directory)).unwrap_or(file);
        let file: PathBuf = file.components().filter(|part| *part != Component::CurDir).collect();
        // As the panic's location has them, which was compiled elsewhere, perhaps.
        let has_slashes = cfg!(windows) && self.known.to_string_lossy().contains('/');
        if has_slashes { slashed(&file) } else { file.display().to_string() }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{Places, generated, in_package_store};

    #[test]
    fn a_packages_file_is_named_without_the_store() {
        for (file, expected) in [
            ("/cargo/registry/src/index-1/itoa-1.0.15/src/lib.rs", "itoa-1.0.15/src/lib.rs"),
            ("/cargo/git/checkouts/itoa-1a2b/3c4d/src/lib.rs", "3c4d/src/lib.rs"),
        ] {
            assert_eq!(in_package_store(Path::new(file)).as_deref(), Some(Path::new(expected)));
        }
    }

    #[test]
    fn a_build_scripts_file_is_named_as_the_code_includes_it() {
        for file in [
            "/t/debug/build/my-app-0123456789abcdef/out/gen/code.rs",
            "/t/debug/build/my-app/0123456789abcdef/out/gen/code.rs",
        ] {
            let expected = ("my_app".to_owned(), "gen/code.rs".to_owned());
            assert_eq!(generated(Path::new(file)), Some(expected));
            assert_eq!(Places::new("src/lib.rs").shown(Path::new(file)), "$OUT_DIR/gen/code.rs");
        }
        assert_eq!(generated(Path::new("/home/build/app/out/gen.rs")), None);
    }

    /// On Windows too, where it was built on Unix.
    #[test]
    fn a_file_is_named_from_the_workspace() {
        let mut places = Places::new("src/lib.rs");
        for file in ["src/lib.rs", "/home/me/app/src/main.rs", "/home/me/app/src/lib.rs", "/x/src/lib.rs"] {
            places.learn(Path::new(file));
        }
        for (file, expected) in [
            ("/home/me/app/src/lib.rs", "src/lib.rs"),
            ("/home/me/app/src/deep/er.rs", "src/deep/er.rs"),
            ("/home/me/other/src/lib.rs", "/home/me/other/src/lib.rs"),
            ("src/./lib.rs", "src/lib.rs"),
        ] {
            assert_eq!(places.shown(Path::new(file)), expected);
        }
    }

    #[cfg(windows)]
    #[test]
    fn a_file_is_named_as_windows_does() {
        let mut places = Places::new(r"src\lib.rs");
        places.learn(Path::new(r"C:\me\app\src\lib.rs"));
        for (file, expected) in [
            (r"C:\me\app\src\deep\er.rs", r"src\deep\er.rs"),
            (r"C:\me\other\lib.rs", r"C:\me\other\lib.rs"),
            (r"C:\cargo\registry\src\index-1\itoa-1.0.15\src\lib.rs", r"itoa-1.0.15\src\lib.rs"),
        ] {
            assert_eq!(places.shown(Path::new(file)), expected);
        }
    }
}
