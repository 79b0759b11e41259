//! The tree that is surveyed: a copy, whose functions have the attribute and whose programs count.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use cargo_metadata::{Edition, Package, Target, TargetKind};

use crate::edit::change::{Change, changed};
use crate::paths::with_slashes;
use crate::source::allocator::Allocator;
use crate::source::follow::follow;
use crate::survey::copy::{self, Copy};
use crate::survey::counting::{self, is_library};
use crate::survey::insert::{Chosen, Function, LeftOut};
use crate::survey::manifests::{Manifest, Name, Runtime};
use crate::survey::since::Since;
use crate::workspace::Workspace;

/// A copy of the user's tree that is surveyed.
#[derive(Debug)]
pub struct Tree {
    /// The workspace's root in it.
    root: PathBuf,
    copy: Copy,
    files: BTreeMap<PathBuf, Surveyed>,
    /// Packages of which nothing is surveyed, and why.
    pub left_out: BTreeMap<String, String>,
    /// The file in which a package has an allocator of its own, in the user's tree.
    pub allocators: BTreeMap<String, PathBuf>,
}

/// A file of the user's tree in which functions are surveyed.
#[derive(Debug)]
pub struct Source<'a> {
    pub package: &'a str,
    /// What the package calls the runtime.
    pub runtime: &'a str,
    /// Whether paths of other crates begin with `::`.
    pub is_of_2015: bool,
    /// In the user's tree, and in the copy.
    pub path: PathBuf,
    pub copy: &'a Path,
    /// As it was when it was surveyed.
    pub text: &'a str,
    pub functions: &'a [Function],
}

/// A file of the copy in which functions are surveyed.
#[derive(Debug)]
struct Surveyed {
    package: String,
    /// What the package calls the runtime.
    runtime: Name,
    is_of_2015: bool,
    text: String,
    chosen: Chosen,
    /// The program's own allocator, if it is in this file.
    allocator: Option<Allocator>,
    /// What is put behind the file's end.
    end: Option<String>,
}

impl Tree {
    /// Copies the workspace to `to`, and puts the attribute in front of its functions, or of those
    /// that were touched since.
    ///
    /// # Errors
    /// A file can't be read or written.
    pub fn grow(workspace: &Workspace, runtime: &Runtime, since: Option<&Since>, to: &Path) -> Result<Self> {
        let base = base(workspace);
        let copy = Copy::make(&base, to)?;
        let place = |path: &Path| {
            copy.place_of(path).with_context(|| format!("{} is outside of what is copied", path.display()))
        };
        let mut tree = Self {
            root: place(workspace.root())?,
            copy,
            files: BTreeMap::new(),
            left_out: BTreeMap::new(),
            allocators: BTreeMap::new(),
        };
        let names = tree.write_manifests(workspace, runtime, &base)?;
        for package in workspace.members() {
            if let Some(name) = names.get(&package.manifest_path.as_std_path().to_owned()) {
                tree.survey(package, name, since);
            }
        }
        for file in
            tree.copy.files().filter(|file| file.extension().is_some_and(|extension| extension == "rs"))
        {
            let (from, to) = (base.join(file), to.join(file));
            if !tree.files.contains_key(&to) {
                let text = fs::read(&from).with_context(|| format!("{} can't be read", from.display()))?;
                copy::write(&to, &text)?;
            }
        }
        tree.write()?;
        Ok(tree)
    }

    /// The copy's workspace.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The functions that are surveyed, and those that are not, with the package and the file in
    /// the copy.
    pub fn functions(&self) -> impl Iterator<Item = (&str, &Path, Option<LeftOut>, &Function)> {
        self.files.iter().flat_map(|(path, file)| {
            let chosen = file.chosen.functions.iter().map(|function| (None, function));
            let left_out = file.chosen.left_out.iter().map(|(why, function)| (Some(*why), function));
            chosen
                .chain(left_out)
                .map(|(why, function)| (file.package.as_str(), path.as_path(), why, function))
        })
    }

    /// How many functions are surveyed, and how many are tests themselves.
    pub fn counts(&self) -> (u64, u64) {
        let surveyed = self.functions().filter(|(_, _, why, _)| why.is_none()).count();
        let tests = self.functions().filter(|(_, _, _, function)| function.is_test).count();
        (surveyed as u64, tests as u64)
    }

    /// The files of the user's tree in which functions are surveyed.
    pub fn sources(&self) -> impl Iterator<Item = Source<'_>> {
        self.files.iter().filter_map(|(copy, file)| {
            Some(Source {
                package: &file.package,
                runtime: &file.runtime,
                is_of_2015: file.is_of_2015,
                path: self.copy.origin_of(copy)?,
                copy,
                text: &file.text,
                functions: &file.chosen.functions,
            })
        })
    }

    /// Leaves out the functions that these lines of files of the copy are in. Says whether there
    /// were any.
    ///
    /// # Errors
    /// A file can't be written.
    pub fn leave_out(&mut self, refused: &BTreeMap<PathBuf, BTreeSet<u32>>) -> Result<bool> {
        let mut found = false;
        for (path, lines) in refused {
            let Some(file) = self.files.get_mut(path) else { continue };
            if file.chosen.leave_out(lines.iter().copied()) {
                found = true;
                file.write(path)?;
            }
        }
        Ok(found)
    }

    /// Takes the attribute away from all other functions, by the file in the survey.
    ///
    /// # Errors
    /// A file can't be written.
    pub fn keep(&mut self, is_wanted: impl Fn(&str, &Function) -> bool) -> Result<()> {
        for (path, file) in &mut self.files {
            let name = with_slashes(path.strip_prefix(&self.root).unwrap_or(path));
            file.chosen.keep(|function| is_wanted(&name, function));
        }
        self.write()
    }

    fn write(&self) -> Result<()> {
        self.files.iter().try_for_each(|(path, file)| file.write(path))
    }

    /// Says what the members call the runtime, by their manifests in the user's tree.
    fn write_manifests(
        &mut self,
        workspace: &Workspace,
        runtime: &Runtime,
        base: &Path,
    ) -> Result<BTreeMap<PathBuf, Name>> {
        let members: BTreeMap<PathBuf, &Package> = workspace
            .members()
            .into_iter()
            .map(|package| (package.manifest_path.as_std_path().to_owned(), package))
            .collect();
        let mut names = BTreeMap::new();
        for file in self.copy.files().filter(|file| file.file_name().is_some_and(|name| name == "Cargo.toml"))
        {
            let from = base.join(file);
            let text =
                fs::read_to_string(&from).with_context(|| format!("{} can't be read", from.display()))?;
            let folder = from.parent().unwrap_or(base);
            // One that is no TOML is some test's.
            let text = Manifest::parse(&text).map_or(text, |mut manifest| {
                manifest.find_outside(folder, base);
                if folder == workspace.root() {
                    manifest.is_root();
                    manifest.optimise_runtime();
                }
                if let Some(package) = members.get(&from) {
                    match why_not(package).map_or_else(|| manifest.add_runtime(runtime), Err) {
                        Ok(name) => drop(names.insert(from.clone(), name)),
                        Err(why) => drop(self.left_out.insert(package.name.to_string(), why.to_string())),
                    }
                }
                manifest.to_string()
            });
            if let Some(to) = self.copy.place_of(&from) {
                copy::write(&to, text.as_bytes())?;
            }
        }
        Ok(names)
    }

    fn survey(&mut self, package: &Package, runtime: &str, since: Option<&Since>) {
        let mut files = BTreeMap::new();
        let mut roots = Vec::new();
        for target in package.targets.iter().filter(|target| !target.kind.contains(&TargetKind::CustomBuild))
        {
            let root = target.src_path.as_std_path();
            let mut own = Vec::new();
            follow(root, &mut files, |file| own.push(file.to_owned()));
            roots.push((target, root.to_owned(), own));
        }
        let mut allocators: BTreeMap<PathBuf, Allocator> = files
            .iter()
            .filter_map(|(path, followed)| Some((path.clone(), Allocator::of(&followed.file)?)))
            .collect();
        if let Some(path) = allocators.keys().next() {
            self.allocators.insert(package.name.to_string(), path.clone());
        }
        let of_tests: BTreeSet<PathBuf> = roots
            .iter()
            .filter(|(target, _, _)| !is_library(target) && !target.kind.contains(&TargetKind::Bin))
            .flat_map(|(_, _, own)| own.iter().cloned())
            .collect();
        // An allocator of the library is that of all its programs.
        let of_library = roots.iter().filter(|(target, ..)| is_library(target)).flat_map(|(_, _, own)| own);
        let of_library: Vec<&PathBuf> = of_library.collect();
        // Nothing where there is always one.
        let end = |(target, root, own): &(&Target, PathBuf, Vec<PathBuf>)| {
            let all: BTreeSet<&PathBuf> = own.iter().chain(of_library.iter().copied()).collect();
            let others: Vec<&Allocator> = all.into_iter().filter_map(|file| allocators.get(file)).collect();
            let is_always = others.iter().any(|other| other.conditions.is_empty());
            (!is_always).then(|| (root.clone(), counting::of(target, runtime, &others)))
        };
        let ends: BTreeMap<PathBuf, String> = roots.iter().filter_map(end).collect();
        for (path, followed) in files {
            let Some(place) = self.copy.place_of(&path) else { continue };
            let mut chosen = Chosen::of(&followed.file, &followed.conditions, of_tests.contains(&path));
            if let Some(since) = since {
                chosen.keep(|function| since.touches(&path, &(function.line..=function.last_line)));
            }
            let surveyed = Surveyed {
                package: package.name.to_string(),
                runtime: runtime.to_owned(),
                is_of_2015: package.edition == Edition::E2015,
                text: followed.file.text.as_str().to_owned(),
                chosen,
                allocator: allocators.remove(&path),
                end: ends.get(&path).cloned(),
            };
            self.files.entry(place).or_insert(surveyed);
        }
    }
}

impl Surveyed {
    fn write(&self, path: &Path) -> Result<()> {
        let own = self.allocator.iter().flat_map(|own| counting::around(own, &self.runtime));
        let changes: Vec<Change> = self.chosen.changes(&self.runtime).chain(own).collect();
        let mut text = changed(&self.text, &changes)?;
        text.extend(self.end.iter().map(String::as_str));
        copy::write(path, text.as_bytes())
    }
}

/// Why nothing of a package is surveyed.
pub(super) fn why_not(package: &Package) -> Option<anyhow::Error> {
    let is_macro = package.targets.iter().any(|target| target.kind.contains(&TargetKind::ProcMacro));
    let is_runtime = package.name.starts_with("alloc-budget");
    if is_macro {
        Some(anyhow::anyhow!("it is a procedural macro, and runs in the compiler"))
    } else if is_runtime {
        Some(anyhow::anyhow!("it is what counts"))
    } else {
        None
    }
}

/// What is copied: the workspace, or all of its repository where a file of it includes one from
/// outside.
fn base(workspace: &Workspace) -> PathBuf {
    let root = workspace.root();
    let repository = root.ancestors().find(|folder| folder.join(".git").exists()).unwrap_or(root);
    let includes = || {
        let walk = ignore::WalkBuilder::new(root).build().flatten();
        walk.map(ignore::DirEntry::into_path).any(|path| {
            let is_source = path.extension().is_some_and(|extension| extension == "rs");
            is_source && fs::read_to_string(&path).is_ok_and(|text| includes_outside(&text, &path, root))
        })
    };
    if repository != root && includes() { repository.to_owned() } else { root.to_owned() }
}

/// Whether a file names one outside of the workspace: for `include_str!`, or as a module's path.
fn includes_outside(text: &str, path: &Path, root: &Path) -> bool {
    let depth = path
        .parent()
        .and_then(|folder| folder.strip_prefix(root).ok())
        .map_or(0, |inside| inside.components().count());
    text.contains(&format!("\"{}", "../".repeat(depth + 1)))
}
