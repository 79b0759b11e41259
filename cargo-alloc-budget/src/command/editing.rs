//! What `bless` and `tighten` share: edits that are shown, offered or written.

use std::io;
use std::path::PathBuf;

use anyhow::{Result, bail};

use crate::command::{fresh, saved};
use crate::edit::offer::offer;
use crate::edit::plan::{Edit, Only, Plan};
use crate::edit::write::{diff, write};
use crate::report::Report;
use crate::report::verdict::{Verdict, What};
use crate::run::Mode;
use crate::selection::{Running, Selection};
use crate::workspace::Workspace;

/// What becomes of the edits, and which budgets they are of.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "What is edited")]
pub struct Editing {
    /// Use the report of an earlier run, and run nothing; may be given once for each lane
    #[arg(long, value_name = "FILE")]
    pub report: Vec<PathBuf>,
    /// Show the edits as a diff, and write nothing
    #[arg(long, conflicts_with = "review")]
    pub dry_run: bool,
    /// Ask about each edit: yes, no, all that are left, quit
    #[arg(long)]
    pub review: bool,
}

impl Editing {
    /// The reports that are named, or one of a run in which overages are only counted.
    ///
    /// # Errors
    /// They can't be read; the tests can't be built or run.
    pub fn reports(
        &self,
        selection: &Selection,
        running: &Running,
        workspace: &Workspace,
    ) -> Result<Vec<Report>> {
        if self.report.is_empty() {
            return Ok(vec![fresh::report(workspace, selection, running, Mode::Count.into())?]);
        }
        saved::lanes(&self.report)
    }

    /// Shows what the plan says, and does it. The number of edits.
    ///
    /// # Errors
    /// A file can't be written.
    pub fn carry_out(&self, plan: &Plan) -> Result<usize> {
        for refused in &plan.expected {
            anstream::eprintln!("left alone: {refused}");
        }
        for refused in &plan.refused {
            anstream::eprintln!("by hand: {refused}");
        }
        if self.dry_run {
            anstream::print!("{}", diff(&plan.edits)?);
            return Ok(plan.edits.len());
        }
        let edits: Vec<Edit> = if self.review {
            offer(&plan.edits, &mut io::stdin().lock(), &mut io::stderr())?
        } else {
            plan.edits.clone()
        };
        write(&edits)?;
        for Edit { file, line, budget, before, after, .. } in &edits {
            anstream::println!("{file}:{line}: `{budget}`: {before} → {after}");
        }
        Ok(edits.len())
    }
}

/// The packages that were named.
///
/// # Errors
/// One is no member of the workspace.
pub fn only(packages: &[String], workspace: &Workspace) -> Result<Only> {
    let members = workspace.members();
    for package in packages {
        if !members.iter().any(|member| member.name.as_str() == package) {
            bail!("`{package}` is no member of this workspace");
        }
    }
    Ok(Only { packages: packages.to_vec() })
}

/// What is said where no budget was called.
pub fn nothing_recorded(reports: &[Report]) {
    let packages: Vec<&str> =
        reports.iter().flat_map(|report| &report.run.packages).map(String::as_str).collect();
    anstream::eprintln!(
        "nothing was recorded: no test of {} has called a budget in a program that counts; \
         `cargo alloc-budget doctor` says why",
        if packages.is_empty() { "this run".to_owned() } else { packages.join(", ") }
    );
}

/// Where tests have failed for other reasons, that is how the command ends.
pub fn failed(reports: &[Report]) -> Option<Verdict> {
    reports.iter().map(|report| report.verdict).find(|verdict| verdict.what == What::Failed)
}
