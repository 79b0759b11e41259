//! The files of a target, followed from its root by their `mod`s.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::paths::normal;
use crate::source::file::File;
use crate::source::walk::Other;

/// A file of a target.
#[derive(Debug)]
pub(crate) struct Followed {
    pub(crate) file: File,
    /// Its module, without the crate.
    pub(crate) module: Vec<String>,
    /// The `cfg`s under which the target has it.
    pub(crate) conditions: Vec<String>,
}

/// What is to be read next.
struct Next {
    path: PathBuf,
    module: Vec<String>,
    conditions: Vec<String>,
    /// Where its modules have their files.
    folder: PathBuf,
}

/// Adds the files of the target with this root, but those that are known already.
pub(crate) fn follow(root: &Path, files: &mut BTreeMap<PathBuf, Followed>, mut is_new: impl FnMut(&Path)) {
    let folder = parent(root);
    let mut next = vec![Next { path: root.to_owned(), module: Vec::new(), conditions: Vec::new(), folder }];
    while let Some(Next { path, module, conditions, folder }) = next.pop() {
        if files.contains_key(&path) {
            continue;
        }
        // A file that is missing, or no Rust, is one of a `cfg` that is off.
        let Ok(file) = File::read(&path) else { continue };
        next.extend(file.others.iter().flat_map(|other| nexts(other, &path, &module, &conditions, &folder)));
        is_new(&path);
        files.insert(path, Followed { file, module, conditions });
    }
}

/// Where the other file may be.
fn nexts(other: &Other, path: &Path, module: &[String], conditions: &[String], folder: &Path) -> Vec<Next> {
    let conditions = [conditions, &other.conditions].concat();
    let mut module = [module, &other.modules].concat();
    let inside: PathBuf = other.folders.iter().collect();
    let Some(name) = &other.name else {
        // What is included has its modules where the includer has its own.
        let included = other.file.iter().map(|file| normal(&parent(path).join(file)));
        let folder = folder.join(inside);
        return included
            .map(|path| Next {
                folder: folder.clone(),
                path,
                module: module.clone(),
                conditions: conditions.clone(),
            })
            .collect();
    };
    module.push(name.clone());
    let next = |path: PathBuf, folder: PathBuf| Next {
        path: normal(&path),
        folder,
        module: module.clone(),
        conditions: conditions.clone(),
    };
    if let Some(file) = &other.file {
        let base = if other.folders.is_empty() { parent(path) } else { folder.join(inside) };
        let path = base.join(file);
        let folder = parent(&path);
        return vec![next(path, folder)];
    }
    let within = folder.join(inside);
    let own = within.join(name);
    [within.join(format!("{name}.rs")), own.join("mod.rs")]
        .into_iter()
        .filter(|path| path.is_file())
        .map(|path| next(path, own.clone()))
        .collect()
}

fn parent(path: &Path) -> PathBuf {
    path.parent().map(Path::to_owned).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_are_where_the_compiler_looks_for_them() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("src");
        for (file, text) in [
            ("lib.rs", "mod a; mod b; mod inline { mod c; #[path = \"e.rs\"] mod d; } include!(\"inc.rs\");"),
            ("a.rs", "mod deep; #[path = \"other/x.rs\"] mod x; mod missing;"),
            ("a/deep.rs", "#[cfg(test)] mod tests;"),
            ("a/deep/tests.rs", ""),
            ("other/x.rs", "mod y;"),
            ("other/y.rs", ""),
            ("b/mod.rs", "mod deep;"),
            ("b/deep.rs", "mod broken; fn f() {}"),
            ("b/deep/broken.rs", "fn f( {"),
            ("inline/c.rs", ""),
            ("inline/e.rs", "#[path = \"../lib.rs\"] mod circle;"),
            ("inc.rs", "1 + { fn f() {} mod included; 2 }"),
            ("included.rs", ""),
            ("nobody.rs", ""),
        ] {
            let path = root.join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let mut files = BTreeMap::new();
        let mut new = 0;
        follow(&root.join("lib.rs"), &mut files, |_| new += 1);
        let mut found: Vec<(String, String, String)> = files
            .iter()
            .map(|(path, file)| {
                let path = path.strip_prefix(&root).unwrap().iter().map(|part| part.to_str().unwrap());
                (path.collect::<Vec<_>>().join("/"), file.module.join("::"), file.conditions.join(","))
            })
            .collect();
        found.sort();
        let expected = [
            ("a.rs", "a", ""),
            ("a/deep.rs", "a::deep", ""),
            ("a/deep/tests.rs", "a::deep::tests", "test"),
            ("b/deep.rs", "b::deep", ""),
            ("b/mod.rs", "b", ""),
            ("inc.rs", "", ""),
            ("included.rs", "included", ""),
            ("inline/c.rs", "inline::c", ""),
            ("inline/e.rs", "inline::d", ""),
            ("lib.rs", "", ""),
            ("other/x.rs", "a::x", ""),
            ("other/y.rs", "a::x::y", ""),
        ];
        let own = |(a, b, c): (&str, &str, &str)| (a.to_owned(), b.to_owned(), c.to_owned());
        assert_eq!(found, expected.map(own));
        assert_eq!(new, expected.len());
    }
}
