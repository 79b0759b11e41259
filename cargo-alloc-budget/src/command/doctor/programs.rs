//! Whether each test program counts, and what to write where it does not.

use std::fs;

use anyhow::Result;
use cargo_metadata::{DependencyKind, Package};

use super::args::Args;
use crate::report::verdict::Verdict;
use crate::report::{Counts, Report, Target};
use crate::run::{self, Mode, nothing};
use crate::workspace::Workspace;

/// # Errors
/// The tests can't be built or run.
pub(super) fn run(args: &Args) -> Result<Verdict> {
    let workspace = Workspace::find(&args.selection)?;
    // Overages are not what is asked for.
    let report = run::run(&args.selection, &args.running, Mode::Count)?;
    for (target, finding) in findings(&report, &workspace) {
        let Target { package, kind, name, .. } = target;
        let of = if name == package { String::new() } else { format!(" {name}") };
        anstream::println!("{package}{of} ({kind}): {}", finding.state);
        if let Some(help) = finding.help {
            anstream::println!("    {help}");
        }
    }
    let is_deaf = report.targets.iter().any(|target| matches!(target.counts, Counts::No | Counts::Off));
    let counts = report.targets.iter().any(|target| target.counts == Counts::Yes);
    if !counts && !is_deaf {
        nothing::explain(&report, &workspace);
    }
    Ok(if counts && !is_deaf { Verdict::FINE } else { Verdict::INCOMPLETE })
}

/// What is said of one program.
#[derive(Debug, PartialEq, Eq)]
struct Finding {
    state: String,
    /// What to write instead.
    help: Option<String>,
}

fn findings<'a>(report: &'a Report, workspace: &Workspace) -> Vec<(&'a Target, Finding)> {
    let members = workspace.members();
    let find = |target: &'a Target| {
        let package = members.iter().find(|member| *member.name == target.package).copied();
        (target, finding(target, package, &members))
    };
    report.targets.iter().map(find).collect()
}

fn finding(target: &Target, package: Option<&Package>, members: &[&Package]) -> Finding {
    let processes = target.processes;
    let state = match target.counts {
        Counts::Yes if processes == 1 => "counts".to_owned(),
        Counts::Yes => format!("counts, in {processes} processes"),
        Counts::No => "calls budgets, and nothing counts".to_owned(),
        Counts::Off => "calls budgets, and `ALLOC_BUDGET=off` leaves them alone".to_owned(),
        Counts::Unknown => "calls no budget".to_owned(),
    };
    let help = package.and_then(|package| match target.counts {
        Counts::Yes => only_by_others(target, package, members),
        Counts::No => Some(how_to_count(target, package)),
        Counts::Unknown if wants(package).is_none() => {
            Some(format!("`{}` doesn't depend on alloc-budget", package.name))
        }
        Counts::Off | Counts::Unknown => None,
    });
    Finding { state, help }
}

/// The kinds of dependency, and whether one of them has the feature `install`; `None` without any.
fn wants(package: &Package) -> Option<bool> {
    let mut all = package.dependencies.iter().filter(|it| it.name == "alloc-budget").peekable();
    all.peek()?;
    Some(
        all.any(|it| {
            it.kind != DependencyKind::Build && it.features.iter().any(|feature| feature == "install")
        }),
    )
}

/// Cargo gives a feature that one member asks for to all that are built with it.
fn only_by_others(target: &Target, package: &Package, members: &[&Package]) -> Option<String> {
    if wants(package) == Some(true) || has_allocator(target, package) {
        return None;
    }
    let other = members.iter().find(|member| wants(member) == Some(true))?;
    Some(format!(
        "only because `{}` asks for `install`: `cargo test -p {}` may count nothing. Add to its \
         [dev-dependencies]: {LINE}",
        other.name, package.name
    ))
}

const LINE: &str = "alloc-budget = { version = \"0.1\", features = [\"install\"] }";

fn how_to_count(target: &Target, package: &Package) -> String {
    if has_allocator(target, package) {
        "it has an allocator of its own: wrap that, \
         `static A: CountingAllocator<Own> = CountingAllocator::new(Own);`"
            .to_owned()
    } else {
        format!("add to the [dev-dependencies] of `{}`: {LINE}", package.name)
    }
}

/// Whether the root of the program, or of the package's library, installs an allocator.
fn has_allocator(target: &Target, package: &Package) -> bool {
    let is_root = |it: &&cargo_metadata::Target| it.name == target.name || it.is_lib();
    package
        .targets
        .iter()
        .filter(is_root)
        .any(|root| fs::read_to_string(&root.src_path).is_ok_and(|text| text.contains("#[global_allocator]")))
}
