//! A report as people and programs want to read it.

pub mod diagnostic;
mod github;
mod json;
mod junit;
pub mod markdown;
mod sarif;
mod stacks;
mod table;
pub(crate) mod words;

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

use anyhow::{Context as _, Result};

use crate::config::Config;
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
    /// What flame graphs are compared with.
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
            baseline: None,
            by: By::default(),
            budget: None,
            workspace: None,
        }
    }
}

/// Writes the report. Only a table has colours.
///
/// # Errors
/// It can't be written, or not in this format.
pub fn write(report: &Report, format: Format, context: &Context<'_>, out: &mut dyn Write) -> Result<()> {
    match format {
        Format::Table => table::write(report, context, out),
        Format::Md => markdown::write(report, context, out),
        Format::Json => json::write(report, out),
        Format::Github => github::write(report, context, out),
        Format::Junit => junit::write(report, context, out),
        Format::Sarif => sarif::write(report, context, out),
        Format::Cargo => diagnostic::write(report, context, out),
        Format::Folded => stacks::folded(report, context, out),
        Format::Svg => stacks::svg(report, context, out),
        Format::Dhat => stacks::dhat(report, context, out),
    }
}

/// Writes to the file, or else to stdout, with colours where that is a terminal that has them.
///
/// # Errors
/// Those of [`write`], and those of the file.
pub fn print(report: &Report, format: Format, context: &Context<'_>, to: Option<&Path>) -> Result<()> {
    let mut text = Vec::new();
    if let Some(path) = to {
        write(report, format, context, &mut text)?;
        let mut file = File::create(path).with_context(|| format!("can't write {}", path.display()))?;
        return anstream::StripStream::new(&mut file)
            .write_all(&text)
            .with_context(|| format!("can't write {}", path.display()));
    }
    let context = Context { width: context.width.or_else(width), ..*context };
    write(report, format, &context, &mut text)?;
    unless_closed(anstream::stdout().write_all(&text))
}

/// A pipe that is read no further, such as that of `| head`, is no error.
fn unless_closed(written: io::Result<()>) -> Result<()> {
    match written {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(error).context("can't write to stdout")
        }
        _ => Ok(()),
    }
}

/// The columns of the terminal that stdout is; `None` where it is none, and nothing has to be folded.
pub(crate) fn width() -> Option<usize> {
    let (terminal_size::Width(columns), _) = terminal_size::terminal_size_of(io::stdout())?;
    Some(usize::from(columns))
}
