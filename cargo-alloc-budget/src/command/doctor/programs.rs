//! Whether each test program counts, and what to write where it does not.

use anyhow::Result;
use cargo_metadata::Package;

use super::args::Args;
use crate::report::verdict::Verdict;
use crate::report::{Counts, Report, Target};
use crate::run::allocators::{self, COUNTING, Own, installs};
use crate::run::{self, Mode, kind_of, nothing};
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
        (target, finding(target, package, workspace))
    };
    report.targets.iter().map(find).collect()
}

fn finding(target: &Target, package: Option<&Package>, workspace: &Workspace) -> Finding {
    let processes = target.processes;
    let state = match target.counts {
        Counts::Yes if processes == 1 => "counts".to_owned(),
        Counts::Yes => format!("counts, in {processes} processes"),
        Counts::No => "calls budgets, and nothing counts".to_owned(),
        Counts::Off => "calls budgets, and `ALLOC_BUDGET=off` leaves them alone".to_owned(),
        Counts::Unknown => "calls no budget".to_owned(),
    };
    let help = package.and_then(|package| match target.counts {
        Counts::Yes => only_by_others(package, workspace),
        Counts::No => Some(how_to_count(target, package, workspace)),
        Counts::Unknown if installs(package).is_none() => {
            Some(format!("`{}` doesn't depend on alloc-budget", package.name))
        }
        Counts::Off | Counts::Unknown => None,
    });
    Finding { state, help }
}

/// Cargo gives a feature that one member asks for to all that are built with it.
fn only_by_others(package: &Package, workspace: &Workspace) -> Option<String> {
    if installs(package) == Some(true) || !allocators::of(package, workspace).is_empty() {
        return None;
    }
    let members = workspace.members();
    let other = members.iter().find(|member| installs(member) == Some(true))?;
    Some(format!(
        "only because `{}` asks for `install`: `cargo test -p {}` may count nothing. Add to its \
         [dev-dependencies]: {LINE}",
        other.name, package.name
    ))
}

const LINE: &str = "alloc-budget = { version = \"0.1\", features = [\"install\"] }";

fn how_to_count(target: &Target, package: &Package, workspace: &Workspace) -> String {
    let all = allocators::of(package, workspace);
    let own = |own: &&Own<'_>| own.target.name == target.name && kind_of(own.target) == target.kind;
    if let Some(Own { wrapped: Some(wrapped), .. }) = all.iter().find(own) {
        format!("it has an allocator of its own: wrap that,\n        {wrapped}")
    } else if all.is_empty() {
        format!("add to the [dev-dependencies] of `{}`: {LINE}", package.name)
    } else if target.kind == "doctest" {
        "examples of the documentation count with the feature `install` only, and that refuses the allocators \
         of the other programs:\n        write `doctests = false` into alloc-budget.toml, and run the examples \
         with `ALLOC_BUDGET=off cargo test --doc`"
            .to_owned()
    } else {
        let condition = if target.kind == "lib" { "#[cfg(test)]\n        " } else { "" };
        format!(
            "other programs have allocators of their own: give it one,\n        \
             {condition}#[global_allocator]\n        {COUNTING}"
        )
    }
}
