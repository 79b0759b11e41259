//! Which formats there are, and what they need beside the report.

use crate::config::Config;
use crate::ratchet::{self, Finding};
use crate::report::Report;
use crate::workspace::Workspace;

/// How a report is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For the terminal: the budgets that need attention, and one line for the rest
    Table,
    /// Markdown, for a step summary or a pull request's comment
    #[value(alias = "markdown")]
    Md,
    /// The report itself; its schema is published as `report.schema.json`
    Json,
    /// GitHub's annotations, on a step's output; at most ten of each level
    Github,
    /// JUnit's XML: a test case for each budget
    Junit,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// The compiler's JSON, a message a line, as `cargo check --message-format=json` prints it
    Cargo,
    /// Folded stacks of a run with `--sites`: `frame;frame 831488`
    Folded,
    /// A flame graph of a run with `--sites`; with `--baseline`, what has changed
    Svg,
    /// A file for DHAT's viewer, of a run with `--sites`
    Dhat,
}

/// What a flame graph's widths are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum By {
    #[default]
    Bytes,
    Allocations,
}

/// What a format needs beside the report.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// Not only what needs attention.
    pub all: bool,
    /// Of the terminal, in columns.
    pub width: Option<usize>,
    pub config: &'a Config,
    /// Whether a generous or unreached budget is an error.
    pub is_ratchet: bool,
    /// The reports of all lanes, this one among them; empty if there is only this one.
    pub lanes: &'a [&'a Report],
    /// What it is compared with, in Markdown and in flame graphs.
    pub baseline: Option<&'a Report>,
    pub by: By,
    /// The one budget whose stacks are wanted, by its path.
    pub budget: Option<&'a str>,
    /// Whose sources the report is of.
    pub workspace: Option<&'a Workspace>,
}

impl<'a> Context<'a> {
    pub fn new(config: &'a Config) -> Self {
        Self {
            all: false,
            width: None,
            config,
            is_ratchet: false,
            lanes: &[],
            baseline: None,
            by: By::default(),
            budget: None,
            workspace: None,
        }
    }

    /// What is wrong with the budgets of one of the lanes.
    pub(crate) fn judge<'b>(&'b self, report: &'b Report) -> Vec<Finding<'b>> {
        let mut reports = self.lanes.to_vec();
        if reports.is_empty() {
            reports.push(report);
        }
        let mut list = ratchet::judge(&reports, self.config, self.is_ratchet).list;
        list.retain(|found| report.budgets.as_ptr_range().contains(&std::ptr::from_ref(found.budget)));
        list
    }
}
