//! A report as people and programs want to read it.

pub(crate) mod annotations;
mod attention;
pub(crate) mod changes;
mod context;
pub mod diagnostic;
mod github;
mod json;
mod junit;
mod markdown;
mod page;
mod sarif;
mod stacks;
mod table;
pub(crate) mod words;

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

use anyhow::{Context as _, Result};

pub use context::{By, Context, Format};

use crate::diff::Changes;
use crate::report::Report;

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
    let width = if to.is_none() { context.width.or_else(width) } else { context.width };
    let mut text = Vec::new();
    write(report, format, &Context { width, ..*context }, &mut text)?;
    put(&text, to)
}

/// Writes what has changed: as a table, Markdown or JSON.
///
/// # Errors
/// It can't be written.
pub fn print_changes(changes: &Changes, format: Format, to: Option<&Path>) -> Result<()> {
    let mut text = Vec::new();
    match format {
        Format::Md => changes::markdown(changes, &mut text)?,
        Format::Json => {
            serde_json::to_writer_pretty(&mut text, changes)?;
            text.push(b'\n');
        }
        _ => changes::table(changes, &mut text)?,
    }
    put(&text, to)
}

fn put(text: &[u8], to: Option<&Path>) -> Result<()> {
    let Some(path) = to else { return unless_closed(anstream::stdout().write_all(text)) };
    let cannot = || format!("can't write {}", path.display());
    let mut file = File::create(path).with_context(cannot)?;
    anstream::StripStream::new(&mut file).write_all(text).with_context(cannot)
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

/// The columns of the terminal that stdout is; `None` where it is none, and nothing has to be
/// folded.
pub(crate) fn width() -> Option<usize> {
    let (terminal_size::Width(columns), _) = terminal_size::terminal_size_of(io::stdout())?;
    Some(usize::from(columns))
}
