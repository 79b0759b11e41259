//! A crate's files, the layers that they stand in, and what they use of each other.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use crate::paths::{Named, named};

/// No file is longer.
const MAX_LINES: usize = 400;

/// The layers of a crate, the highest first; each with its files and folders.
pub(crate) struct Layers(Vec<Vec<String>>);

impl Layers {
    /// Those of the block marked `layers` that follows the heading in the page.
    pub(crate) fn under(heading: &str, page: &str) -> Self {
        let (_, section) = page.split_once(&format!("\n{heading}")).expect("the page has the heading");
        let (_, block) = section.split_once("```layers\n").expect("layers under the heading");
        let (block, _) = block.split_once("```").expect("the end of the block");
        Self(
            block
                .lines()
                .map(|line| line.split(" · ").map(|room| room.trim().to_owned()).collect())
                .collect(),
        )
    }

    /// The place of a file's room: its layer, and itself.
    fn of(&self, file: &str) -> Option<(usize, &str)> {
        let is_in = |room: &&String| file == *room || room.ends_with('/') && file.starts_with(*room);
        self.0.iter().enumerate().find_map(|(at, rooms)| Some((at, rooms.iter().find(is_in)?.as_str())))
    }

    fn rooms(&self) -> impl Iterator<Item = &String> {
        self.0.iter().flatten()
    }
}

/// A crate's sources, by their paths below `src`.
pub(crate) struct Sources(BTreeMap<String, String>);

impl Sources {
    pub(crate) fn read(root: &Path) -> Self {
        let mut sources = BTreeMap::new();
        let mut folders = vec![root.to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder).expect("a folder of sources") {
                let path = entry.expect("an entry of it").path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|extension| extension == "rs") {
                    let text = fs::read_to_string(&path).expect("a source");
                    sources.insert(below(root, &path), text);
                }
            }
        }
        Self(sources)
    }

    pub(crate) fn made_up(files: &[(&str, &str)]) -> Self {
        Self(files.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect())
    }

    pub(crate) fn texts(&self) -> impl Iterator<Item = (&String, &String)> {
        self.0.iter()
    }

    /// What each file uses of the others: the path that it names, and the file that it is of.
    pub(crate) fn uses(&self) -> BTreeMap<String, BTreeMap<String, String>> {
        let tests = self.unit_tests();
        let mut uses = BTreeMap::new();
        for (file, text) in self.0.iter().filter(|(file, _)| !tests.contains(*file)) {
            let parsed = syn::parse_file(text).unwrap_or_else(|error| panic!("{file}: {error}"));
            let by_file: BTreeMap<String, String> = named(&parsed)
                .iter()
                .filter_map(|named| Some((self.file_of(file, named)?, named.path.join("::"))))
                .filter(|(used, _)| used != file)
                .collect();
            uses.insert(file.clone(), by_file);
        }
        uses
    }

    /// The files of `#[cfg(test)] mod …;`.
    fn unit_tests(&self) -> BTreeSet<String> {
        let mut tests = BTreeSet::new();
        for (file, text) in &self.0 {
            let declared = text.split("#[cfg(test)]\nmod ").skip(1).filter_map(|rest| rest.split_once(';'));
            for (name, _) in declared.filter(|(name, _)| !name.contains('{')) {
                let module = [module_of(file), vec![name.to_owned()]].concat();
                tests.extend(self.0.keys().filter(|file| module_of(file).starts_with(&module)).cloned());
            }
        }
        tests
    }

    /// The file that has what a path names, if it is one of these.
    fn file_of(&self, file: &str, named: &Named) -> Option<String> {
        let mut module = [module_of(file), named.within.clone()].concat();
        let mut path = named.path.as_slice();
        match path.first()?.as_str() {
            "crate" => {
                module.clear();
                path = &path[1..];
            }
            "self" | "super" => {
                while let Some(word @ ("self" | "super")) = path.first().map(String::as_str) {
                    if word == "super" {
                        module.pop()?;
                    }
                    path = &path[1..];
                }
            }
            child => {
                let child = [module.clone(), vec![child.to_owned()]].concat();
                self.file_with(&child)?;
            }
        }
        let full = [module, path.to_vec()].concat();
        (0..=full.len()).rev().find_map(|length| self.file_with(&full[..length]))
    }

    /// The file of a module.
    fn file_with(&self, module: &[String]) -> Option<String> {
        let path = module.join("/");
        let names = if path.is_empty() {
            vec!["lib.rs".to_owned()]
        } else {
            vec![format!("{path}.rs"), format!("{path}/mod.rs")]
        };
        names.into_iter().find(|name| self.0.contains_key(name))
    }

    /// All that is wrong with the crate's house, a line each.
    pub(crate) fn faults(&self, layers: &Layers) -> Vec<String> {
        let mut faults = Vec::new();
        for room in layers.rooms().filter(|room| !self.0.keys().any(|file| file.starts_with(*room))) {
            faults.push(format!("{room} is a layer without a file"));
        }
        for (file, text) in &self.0 {
            if layers.of(file).is_none() {
                faults.push(format!("{file} stands in no layer"));
            }
            if text.lines().count() > MAX_LINES {
                faults.push(format!("{file} has more than {MAX_LINES} lines"));
            }
        }
        let uses = self.uses();
        for (file, used) in &uses {
            for (used, path) in used {
                let (Some((from, room)), Some((to, other))) = (layers.of(file), layers.of(used)) else {
                    continue;
                };
                if to < from || to == from && room != other {
                    faults.push(format!("{file} uses `{path}`: {other} does not stand below {room}"));
                }
            }
        }
        faults.extend(circles(&uses));
        faults
    }
}

/// The files that use each other, once for each circle.
fn circles(uses: &BTreeMap<String, BTreeMap<String, String>>) -> BTreeSet<String> {
    let reached: BTreeMap<&String, BTreeSet<&String>> =
        uses.keys().map(|file| (file, reached(uses, file))).collect();
    let circle = |file: &String| -> Vec<&str> {
        let both = |other: &&&String| reached[*other].contains(file);
        reached[file].iter().filter(both).map(|other| other.as_str()).collect()
    };
    let circles = uses.keys().map(circle).filter(|circle| !circle.is_empty());
    circles.map(|circle| format!("a circle of files: {}", circle.join(", "))).collect()
}

/// What a file uses, and what that uses.
fn reached<'a>(
    uses: &'a BTreeMap<String, BTreeMap<String, String>>,
    file: &'a String,
) -> BTreeSet<&'a String> {
    let mut reached = BTreeSet::new();
    let mut next = vec![file];
    while let Some(file) = next.pop() {
        next.extend(uses[file].keys().filter(|used| uses.contains_key(*used) && reached.insert(*used)));
    }
    reached
}

/// The path below a folder, with `/` on every platform.
fn below(root: &Path, path: &Path) -> String {
    let path: PathBuf = path.strip_prefix(root).expect("found below it").to_owned();
    path.iter().map(|part| part.to_str().expect("UTF-8")).collect::<Vec<_>>().join("/")
}

/// `scope/mod.rs` is `scope`, `scope/open.rs` is `scope::open`, `lib.rs` is the crate.
fn module_of(file: &str) -> Vec<String> {
    let stem = file.strip_suffix(".rs").expect("a source");
    let stem = stem.strip_suffix("/mod").unwrap_or(stem);
    if stem == "lib" { Vec::new() } else { stem.split('/').map(str::to_owned).collect() }
}
