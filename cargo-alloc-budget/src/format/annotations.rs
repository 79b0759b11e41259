//! Annotations of GitHub's: commands on a step's output.
//!
//! GitHub shows ten of each level a step, and drops the others without a word.

use std::io::Write;

use anyhow::Result;

use crate::text::number;

/// Annotations of a level that GitHub shows for one step.
const MOST: usize = 10;

/// What is shown at a line.
pub(crate) struct Annotation {
    pub(crate) file: String,
    pub(crate) line: u32,
    pub(crate) title: String,
    pub(crate) text: String,
}

/// Those of one level; `rest` says where those are shown that GitHub would drop.
pub(crate) fn write_all(
    command: &str,
    annotations: &[Annotation],
    rest: &str,
    out: &mut dyn Write,
) -> Result<()> {
    let shown = if annotations.len() > MOST { MOST - 1 } else { annotations.len() };
    for Annotation { file, line, title, text } in &annotations[..shown] {
        let (file, title) = (property(file), property(title));
        writeln!(out, "::{command} file={file},line={line},title={title}::{}", data(text))?;
    }
    if let Some(more @ 1..) = annotations.len().checked_sub(shown) {
        let more = format!("and {} more: {rest}", number(more as u64));
        writeln!(out, "::{command} title=Allocation budgets::{}", data(&more))?;
    }
    Ok(())
}

/// The text of a command: one line.
pub(crate) fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The value of a property, which ends at a comma or a colon.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
