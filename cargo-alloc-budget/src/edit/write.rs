//! The edits of a plan, written: a file at a time, each all or nothing.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::Path;

use anyhow::{Context, Result, bail};
use similar::TextDiff;

use crate::edit::change::{Change, changed};
use crate::edit::plan::Edit;

/// The edits by file.
fn by_file(edits: &[Edit]) -> BTreeMap<&str, Vec<&Edit>> {
    let mut files: BTreeMap<&str, Vec<&Edit>> = BTreeMap::new();
    for edit in edits {
        files.entry(&edit.file).or_default().push(edit);
    }
    files
}

fn changes(edits: &[&Edit]) -> Vec<Change> {
    edits.iter().map(|edit| edit.change.clone()).collect()
}

/// As a unified diff.
///
/// # Errors
/// Edits that touch each other.
pub fn diff(edits: &[Edit]) -> Result<String> {
    let mut all = String::new();
    for (file, edits) in by_file(edits) {
        let Some(Edit { text: before, .. }) = edits.first() else { continue };
        let after = changed(before, &changes(&edits))?;
        let diff = TextDiff::from_lines(&**before, &*after);
        let names = [format!("a/{file}"), format!("b/{file}")];
        all.push_str(&diff.unified_diff().context_radius(1).header(&names[0], &names[1]).to_string());
    }
    Ok(all)
}

/// Writes them.
///
/// # Errors
/// A file has changed in the meantime, or can't be written. Those before it are written.
pub fn write(edits: &[Edit]) -> Result<()> {
    for (file, edits) in by_file(edits) {
        let Some(Edit { path, text, .. }) = edits.first() else { continue };
        let now = fs::read(path).with_context(|| format!("can't read {file}"))?;
        if now != text.as_bytes() {
            bail!("{file} has changed in the meantime: run this again");
        }
        let after = changed(text, &changes(&edits))?;
        replace(path, after.as_bytes()).with_context(|| format!("can't write {file}"))?;
    }
    Ok(())
}

/// Puts a file in the place of another one, with its permissions. Whoever reads it meanwhile sees
/// the one or the other.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> Result<()> {
    let folder = path.parent().context("it is in no folder")?;
    let mut file = tempfile::Builder::new().prefix(".alloc-budget").tempfile_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().set_permissions(fs::metadata(path)?.permissions())?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}
