//! A run of the tests, for the commands that need one.

use std::time::SystemTime;

use anyhow::Result;

use crate::format::Format;
use crate::report::Report;
use crate::run::{self, Mode, Order, Output};
use crate::selection::{Running, Selection};
use crate::source;
use crate::workspace::Workspace;

/// Tests that may fail. A table stands behind their output, as cargo's own summaries do; what
/// programs read is alone on stdout.
pub(crate) fn tested(format: Format) -> Order<'static> {
    let output = if format == Format::Table { Output::Inherited } else { Output::Stderr };
    Order { output, ..Mode::Test.into() }
}

/// Runs the tests, and saves the report as the last one.
///
/// # Errors
/// The tests can't be built or run, or the report can't be saved.
pub(crate) fn report(
    workspace: &Workspace,
    selection: &Selection,
    running: &Running,
    order: Order<'_>,
) -> Result<Report> {
    let began = SystemTime::now();
    let mut report = run::run(selection, running, order)?;
    source::attach(&mut report, workspace, began);
    report.write(&workspace.last_report())?;
    Ok(report)
}
