//! A run of the tests, for the commands that need one.

use std::time::SystemTime;

use anyhow::Result;

use crate::report::Report;
use crate::run::{self, Mode};
use crate::selection::{Running, Selection};
use crate::source;
use crate::workspace::Workspace;

/// Runs the tests, and saves the report as the last one.
///
/// # Errors
/// The tests can't be built or run, or the report can't be saved.
pub(crate) fn report(
    workspace: &Workspace,
    selection: &Selection,
    running: &Running,
    mode: Mode,
) -> Result<Report> {
    let began = SystemTime::now();
    let mut report = run::run(selection, running, mode)?;
    source::attach(&mut report, workspace, began);
    report.write(&workspace.last_report())?;
    Ok(report)
}
