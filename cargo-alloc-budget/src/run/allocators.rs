//! Allocators that programs have of their own. Beside the feature `install`, the compiler refuses
//! them; and where they don't count, nothing does.

use std::collections::BTreeSet;

use cargo_metadata::{DependencyKind, Package, Target, TargetKind};

use crate::paths::with_slashes;
use crate::selection::Selection;
use crate::source::allocator::Allocator;
use crate::source::file::File;
use crate::workspace::Workspace;

/// What a program without an allocator of its own has to have.
pub(crate) const COUNTING: &str =
    "static ALLOCATOR: alloc_budget::CountingAllocator = alloc_budget::CountingAllocator::system();";

/// The allocator of one program.
#[derive(Debug)]
pub(crate) struct Own<'a> {
    pub(crate) target: &'a Target,
    /// Relative to the workspace.
    pub(crate) file: String,
    /// The same with the counting allocator around it; `None` if it has that already.
    pub(crate) wrapped: Option<String>,
}

/// Those in the roots of a package's programs and of its library.
pub(crate) fn of<'a>(package: &'a Package, workspace: &Workspace) -> Vec<Own<'a>> {
    let own = |target: &'a Target| {
        let path = target.src_path.as_std_path();
        let file = File::read(path).ok()?;
        let wrapped = Allocator::of(&file)?.wrapped(&file.text);
        let name = path.strip_prefix(workspace.root()).unwrap_or(path);
        Some(Own { target, file: with_slashes(name), wrapped })
    };
    let is_program = |target: &&Target| !target.kind.contains(&TargetKind::CustomBuild);
    package.targets.iter().filter(is_program).filter_map(own).collect()
}

/// Whether a package asks for the allocator of the feature `install`; `None` if it does not use
/// the runtime.
pub(crate) fn installs(package: &Package) -> Option<bool> {
    let mut all = package.dependencies.iter().filter(|it| it.name == "alloc-budget").peekable();
    all.peek()?;
    let installs = |it: &cargo_metadata::Dependency| it.features.iter().any(|feature| feature == "install");
    Some(all.any(|it| it.kind != DependencyKind::Build && installs(it)))
}

/// Says on stderr what to write, where a build has failed that has two allocators.
pub(super) fn explain(selection: &Selection, workspace: &Workspace) {
    let packages = workspace.selected(selection);
    let own: Vec<Own<'_>> = packages.iter().flat_map(|package| of(package, workspace)).collect();
    if own.is_empty() || !packages.iter().any(|package| installs(package) == Some(true)) {
        return;
    }
    let files: BTreeSet<&str> = own.iter().map(|own| &*own.file).collect();
    let files: Vec<&str> = files.into_iter().collect();
    let have = if files.len() == 1 { "has an allocator of its own" } else { "have allocators of their own" };
    anstream::eprintln!(
        "{style}note{style:#}: `{}` {have}. The feature `install` of alloc-budget is another one, and a \
         program can have only one:\n\
         in Cargo.toml, write the feature `backtrace` in place of `install`",
        files.join("` and `"),
        style = anstyle::AnsiColor::Green.on_default().bold()
    );
    for Own { file, wrapped, .. } in &own {
        if let Some(wrapped) = wrapped {
            anstream::eprintln!("in {file}, wrap it:\n    {wrapped}");
        }
    }
    anstream::eprintln!(
        "in each other file of tests/, and with `#[cfg(test)]` in the library:\n    \
         #[global_allocator]\n    {COUNTING}\n\
         in alloc-budget.toml, since nothing counts in the documentation's examples then:\n    \
         doctests = false\n\
         see https://docs.rs/alloc-budget/latest/alloc_budget/manual/surroundings/"
    );
}
